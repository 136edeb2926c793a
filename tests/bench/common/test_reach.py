"""Which places can be reached, without waiting for any of them twice."""

from __future__ import annotations

import socket

import pytest
import requests

from bench.common.reach import origin_of, unreachable


@pytest.fixture
def nobody():
    """A URL at which nothing listens, and nothing can meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_an_origin_is_scheme_and_host():
    assert origin_of("https://example.org:8443/a/b.zip?c=d#e") == "https://example.org:8443"


def test_what_answers_can_be_reached_whatever_it_says(hub, nobody):
    assert unreachable([hub.url, nobody, nobody]) == {nobody: "Connection refused"}
    assert [request.method for request in hub.requests] == ["HEAD"]
    assert unreachable([]) == {}


def test_each_place_is_asked_once(hub):
    assert unreachable([hub.url]) == unreachable([hub.url]) == {}
    assert len(hub.requests) == 1


def test_a_place_that_keeps_silent_says_so(monkeypatch):
    def wait(*_, **options):
        assert options["timeout"] == 10
        raise requests.ConnectTimeout

    monkeypatch.setattr(requests, "head", wait)
    assert unreachable(["https://silent.example"]) == {"https://silent.example": "no answer in 10 s"}
