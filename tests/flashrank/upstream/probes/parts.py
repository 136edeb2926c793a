"""What a Ranker has, and what may be done with it."""

from __future__ import annotations

import logging
import types
from pathlib import Path

import onnxruntime

from probes.probe import Probe


class Parts(Probe):
    """What a Ranker has, and what may be done with it."""

    def ranker_cache_dir(self) -> str:
        return "cache_dir, a Path" if self.ranker().cache_dir == self.cache else "another"

    def ranker_model_dir(self) -> str:
        return "cache_dir/name, a Path" if self.ranker().model_dir == self.model else "another"

    def ranker_logger(self) -> str:
        return str(self.ranker().logger.name)

    def ranker_llm_model(self) -> str:
        return repr(self.ranker().llm_model)

    def a_subclass_that_makes_its_own_parts(self) -> str:
        class Own(self.ranker_class):  # type: ignore[misc, name-defined]
            def __init__(self, name: str, cache: Path, file: str) -> None:
                self.cache_dir, self.model_dir, self.llm_model = cache, cache / name, None
                self.logger = logging.getLogger("own")
                self._prepare_model_dir(name)
                self.session = onnxruntime.InferenceSession(str(self.model_dir / file))
                self.tokenizer = self._get_tokenizer(128)

        results = self.rank([{"text": "rank"}, {"text": "query"}], ranker=Own("tiny", self.cache, "model.onnx"))
        return f"ranks {len(results)}"

    def ranker_llm_model_set(self) -> str:
        self.ranker().llm_model = None
        return "set"

    def ranker_llm_model_deleted(self) -> str:
        ranker = self.ranker()
        del ranker.llm_model
        return "there" if hasattr(ranker, "llm_model") else "none"

    def ranking_after_llm_model_of_a_cross_encoder_was_deleted(self) -> str:
        ranker = self.ranker()
        del ranker.llm_model
        return f"ranks {len(self.rank([{'text': 'rank'}], ranker=ranker))}"

    def threads_of_the_session(self) -> str:
        threads = self.ranker().session.get_session_options().intra_op_num_threads
        return {0: "one for each core", 1: "one"}.get(threads, str(threads))

    def ranker_session_deleted_and_set(self) -> str:
        return self._replaced("session", delete=True)

    def ranker_session_None_and_set(self) -> str:  # noqa: N802
        return self._replaced("session", delete=False)

    def ranker_tokenizer_deleted_and_set(self) -> str:
        return self._replaced("tokenizer", delete=True)

    def ranker_tokenizer_None_and_set(self) -> str:  # noqa: N802
        return self._replaced("tokenizer", delete=False)

    def _replaced(self, name: str, *, delete: bool) -> str:
        ranker = self.ranker()
        part = getattr(ranker, name)
        if delete:
            delattr(ranker, name)
        else:
            setattr(ranker, name, None)
        between = "none" if not hasattr(ranker, name) else repr(getattr(ranker, name))
        setattr(ranker, name, part)
        return f"{between}, then ranks" if self.rank([{"text": "rank"}], ranker=ranker) else "ranks nothing"

    def ranking_without_a_session(self) -> str:
        ranker = self.ranker()
        ranker.session = None
        return str(self.rank([{"text": "rank"}], ranker=ranker))

    def a_session_with_run_alone(self) -> str:
        ranker = self.ranker()
        ranker.session = types.SimpleNamespace(run=ranker.session.run)
        return f"ranks {len(self.rank([{'text': 'rank'}], ranker=ranker))}"

    def padding_of_the_tokenizer(self) -> str:
        return "to the longest of a batch" if self.ranker().tokenizer.padding else "none"

    def tokenizer_vocab_where_there_is_a_vocab_txt(self) -> str:
        return type(getattr(self.ranker().tokenizer, "vocab", "")).__name__.replace("str", "absent")

    def tokenizer_ids_to_tokens_where_there_is_a_vocab_txt(self) -> str:
        return type(getattr(self.ranker().tokenizer, "ids_to_tokens", "")).__name__.replace("str", "absent")

    def the_length_of_get_tokenizer_64(self) -> str:
        return str(self.ranker()._get_tokenizer(64).truncation["max_length"])
