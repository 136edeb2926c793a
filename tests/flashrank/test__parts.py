"""The parts of a Ranker and the steps that make them, as programs written for FlashRank use them."""

from __future__ import annotations

import shutil

import pytest

from flashrank import InvalidRequest, ModelUnavailable, Ranker, RerankRequest
from flashrank.models.store import locate_model

NAME = "ms-marco-TinyBERT-L-2-v2"
REQUEST = RerankRequest("rank", [{"text": "rank the passages"}, {"text": "query"}])


@pytest.fixture
def ranker(fixtures) -> Ranker:
    return Ranker(fixtures / "one-logit-int8", graph="as-shipped")


@pytest.fixture
def put(fixtures):
    """Put the default model's files into a cache."""

    def put(cache):
        directory = shutil.copytree(fixtures / "one-logit-int8", cache / NAME)
        (directory / "model.onnx").rename(directory / "flashrank-TinyBERT-L-2-v2.onnx")
        return directory

    return put


@pytest.mark.parametrize("name", ["session", "tokenizer"])
class TestPart:
    def test_a_deleted_part_is_gone_until_another_one_is_set(self, ranker, name):
        part, expected = getattr(ranker, name), ranker.rerank(REQUEST)
        delattr(ranker, name)
        assert not hasattr(ranker, name)
        with pytest.raises(AttributeError, match=f"{name} was deleted"):
            delattr(ranker, name)
        with pytest.raises(InvalidRequest, match=rf"^ranker\.{name} was deleted or set to None: set it to an? "):
            ranker.rerank(REQUEST)
        setattr(ranker, name, part)
        assert ranker.rerank(REQUEST) == expected

    def test_none_is_read_until_another_one_is_set(self, ranker, name):
        part, expected = getattr(ranker, name), ranker.rerank(REQUEST)
        setattr(ranker, name, None)
        assert getattr(ranker, name) is None
        with pytest.raises(InvalidRequest, match=f"{name} was deleted or set to None"):
            ranker.score("rank", ["text"])
        assert ranker.score("rank", []).scores == ()
        setattr(ranker, name, part)
        assert ranker.rerank(REQUEST) == expected


def test_a_session_that_cannot_be_asked_for_its_inputs_is_refused(ranker):
    with pytest.raises(InvalidRequest, match="session is Bare, which has no get_inputs: hand it through"):
        ranker.session = type("Bare", (), {"run": ranker.session.run})()
    assert ranker.rerank(REQUEST)


def test_a_cross_encoder_has_no_language_model(ranker):
    expected = ranker.rerank(REQUEST)
    assert ranker.llm_model is None
    ranker.llm_model = None
    with pytest.raises(AttributeError, match="llm_model can be set to None alone: make another Ranker"):
        ranker.llm_model = "another"
    del ranker.llm_model
    assert not hasattr(ranker, "llm_model")
    assert ranker.rerank(REQUEST) == expected
    with pytest.raises(AttributeError, match="llm_model was deleted: make another Ranker"):
        del ranker.llm_model


def test_a_subclass_may_make_the_parts_itself(ranker):
    class Own(Ranker):
        def __init__(self, session, model_dir):
            self.model_dir, self.llm_model = model_dir, None
            self.session = session
            self.tokenizer = self._get_tokenizer(64)

    own = Own(ranker.session, ranker.model_dir)
    assert own.rerank(REQUEST) == ranker.rerank(REQUEST)
    assert own.graph == "as-shipped"
    assert own.score("rank", ["passages " * 99]).tokens == (64,)


class TestSteps:
    """What fetches a model may be called, overridden or patched."""

    def test_a_patched_download_puts_the_model_there(self, monkeypatch, tmp_path, put):
        asked = []

        def download(self, model_name):
            asked.append((model_name, self.cache_dir, self.model_dir))
            put(self.cache_dir)

        monkeypatch.setattr(Ranker, "_download_model_files", download)
        ranker = Ranker(cache_dir=str(tmp_path))
        assert asked == [(NAME, tmp_path, tmp_path / NAME)]
        assert ranker.model_dir == tmp_path / NAME
        assert Ranker(cache_dir=str(tmp_path)).rerank(REQUEST) == ranker.rerank(REQUEST)
        assert len(asked) == 1

    def test_a_subclass_may_prepare_its_own_way(self, tmp_path, put):
        class Own(Ranker):
            def _prepare_model_dir(self, model_name):
                assert model_name == NAME
                put(self.cache_dir)

        assert Own(NAME, tmp_path, offline=True).model_dir == tmp_path / NAME

    def test_a_download_that_brings_nothing_is_told(self, monkeypatch, tmp_path):
        monkeypatch.setattr(Ranker, "_download_model_files", lambda *_: None)
        with pytest.raises(ModelUnavailable, match=rf"{NAME}' is not, or not whole, in .*_download_model_files"):
            Ranker(cache_dir=tmp_path)

    def test_the_download_itself_obeys_the_rankers_options(self, ranker, tmp_path, put):
        offline = Ranker(ranker.model_dir, offline=True)
        offline.cache_dir = tmp_path
        with pytest.raises(ModelUnavailable, match="offline=True"):
            offline._download_model_files(NAME)
        put(tmp_path)
        offline._download_model_files(NAME)

    def test_a_download_needs_no_constructor(self, tmp_path, monkeypatch):
        asked = []
        monkeypatch.setattr("flashrank._parts.resolve_model", lambda *args, **options: asked.append((args, options)))
        bare = Ranker.__new__(Ranker)
        bare.cache_dir = tmp_path
        bare._download_model_files(NAME)
        bare._prepare_model_dir(NAME)
        assert asked == [((NAME, tmp_path), {})] * 2

    def test_the_tokenizer_is_made_by_its_step(self, ranker, fixtures):
        class Short(Ranker):
            def _get_tokenizer(self, max_length=512):
                return super()._get_tokenizer(min(8, max_length))

        assert ranker._get_tokenizer().truncation["max_length"] == 512
        assert ranker._get_tokenizer(max_length=12).truncation["max_length"] == 12
        assert ranker._get_tokenizer(4096).truncation["max_length"] == 512
        assert set(Short(fixtures / "one-logit-int8").score("rank", ["passages " * 9]).tokens) == {8}


def test_a_model_on_disk_is_not_fetched(monkeypatch, tmp_path, put):
    put(tmp_path)
    monkeypatch.setattr(Ranker, "_prepare_model_dir", None)
    assert Ranker(NAME, tmp_path).model_dir == locate_model(NAME, tmp_path).directory


class TestLogLevel:
    """A level that the application set stays, unless another one is asked for."""

    @pytest.fixture
    def log(self, ranker):
        return ranker.logger

    def test_it_stays_where_none_is_given(self, log, fixtures):
        log.setLevel("ERROR")
        Ranker(fixtures / "one-logit-int8")
        assert log.level == 40

    @pytest.mark.parametrize(("level", "number"), [("debug", 10), ("WARN", 30), ("FATAL", 50), ("INFO", 20)])
    def test_one_that_is_given_wins(self, log, fixtures, level, number):
        log.setLevel("ERROR")
        Ranker(fixtures / "one-logit-int8", log_level=level)
        assert log.level == number
