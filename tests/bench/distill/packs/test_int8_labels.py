"""Labels without a GPU: which pairs, and going on after a stop."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from bench.distill.labels.int8_teacher import Int8Teacher
from bench.distill.packs import int8_labels as background
from bench.distill.packs.int8_labels import chosen, label_pack
from bench.distill.packs.label_arrays import JOURNAL, read_journal
from flashrank import Ranker


@pytest.fixture(autouse=True)
def handler():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_every_other_query_gets_the_teachers_logits(tiny, tmp_path):
    label_pack(tiny.folder, tiny.teacher, tmp_path, 4, threads=1)
    found = read_journal(tmp_path / JOURNAL)
    # Nine have labels, three are of the test, one has no candidates.
    assert set(found.query.tolist()) == set(range(60)) - {*range(9), 20, 21, 22}
    assert np.bincount(found.query).max() == 4
    query = int(found.query[0])
    mine = found.query == query
    texts = [tiny.pack.passages[i] for i in found.passage[mine]]
    scores = Ranker(tiny.teacher, offline=True).score(tiny.pack.queries[query], texts).scores
    np.testing.assert_allclose(1 / (1 + np.exp(-found.logit[mine])), scores, atol=1e-4)
    assert not (tmp_path / background.PID).exists()


def test_sigterm_ends_it_and_it_goes_on_with_more_passages(tiny, tmp_path, monkeypatch, capsys):
    logits = Int8Teacher.logits

    def stop_at_third(self, query, texts):
        if len(read_journal(tmp_path / JOURNAL)) >= 8:
            os.kill(os.getpid(), signal.SIGTERM)
        return logits(self, query, texts)

    monkeypatch.setattr(Int8Teacher, "logits", stop_at_third)
    label_pack(tiny.folder, tiny.teacher, tmp_path, 4, threads=1)
    stopped = read_journal(tmp_path / JOURNAL)
    assert len(stopped) == 12
    assert "stopped after 12 pairs more" in capsys.readouterr().out
    monkeypatch.setattr(Int8Teacher, "logits", logits)
    label_pack(tiny.folder, tiny.teacher, tmp_path, 6, threads=1)
    found = read_journal(tmp_path / JOURNAL)
    assert found.passage[:12].tolist() == stopped.passage.tolist()
    pairs = list(zip(found.query.tolist(), found.passage.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) == 6 * 48


def test_more_passages_are_more_of_the_same():
    candidates = np.array([5, -1, 9, 4, 4, 8, 1], np.int32)
    whole = chosen(candidates, 3, 16)
    assert whole[:2] == [5, 9]
    assert sorted(whole) == [1, 4, 5, 8, 9]
    assert all(chosen(candidates, 3, few) == whole[:few] for few in range(6))
