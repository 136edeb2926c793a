"""Listwise models, with a stand-in for llama.cpp."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterable
from typing import Any
from unittest import mock

from probes.probe import Probe

LISTWISE = "rank_zephyr_7b_v1_full"


class Listwise(Probe):
    """Listwise models, with a stand-in for llama.cpp."""

    def a_listwise_model_without_llama_cpp(self) -> str:
        return str(self._listwise(None))

    def arguments_of_llama_cpp(self) -> str:
        made: dict[str, Any] = {}
        module = importlib.import_module("flashrank.Ranker")
        with mock.patch.object(module, "available_cores", return_value=5, create=True):
            self._listwise(Llama.answering("", made))
        threads = "one for each core" if made["n_threads"] == 5 else made["n_threads"]
        return f"n_ctx {made['n_ctx']}, threads {threads}"

    def ranker_llm_model_of_a_listwise_model(self) -> str:
        return type(self._listwise(Llama.answering("", {})).llm_model).__name__

    def ranker_llm_model_of_a_listwise_model_set(self) -> str:
        self._listwise(Llama.answering("", {})).llm_model = "another"
        return "set"

    def llm_model_of_a_listwise_model_set_to_None(self) -> str:  # noqa: N802
        ranker = self._listwise(Llama.answering("", {}))
        ranker.llm_model = None
        return repr(ranker.llm_model)

    def llm_model_of_a_listwise_model_deleted(self) -> str:
        ranker = self._listwise(Llama.answering("", {}))
        del ranker.llm_model
        return "there" if hasattr(ranker, "llm_model") else "none"

    def ranking_after_llm_model_of_a_listwise_model_was_set_to_None(self) -> str:  # noqa: N802
        ranker = self._listwise(Llama.answering("", {}))
        ranker.llm_model = None
        return str(self.rank([{"text": "rank"}], ranker=ranker))

    def ranking_after_llm_model_of_a_listwise_model_was_deleted(self) -> str:
        ranker = self._listwise(Llama.answering("", {}))
        del ranker.llm_model
        return str(self.rank([{"text": "rank"}], ranker=ranker))

    def ranker_session_of_a_listwise_model(self) -> str:
        return "there" if hasattr(self._listwise(Llama.answering("", {})), "session") else "none"

    def results_of_a_listwise_model(self) -> str:
        results = self._listwise_results("[2] > [1]")
        return f"ids {[result['id'] for result in results]}, keys {', '.join(results[0])}"

    def a_listwise_answer_that_leaves_a_passage_out(self) -> str:
        return f"ids {[result['id'] for result in self._listwise_results('[2]')]}"

    def a_listwise_answer_that_is_none(self) -> str:
        return f"ids {[result['id'] for result in self._listwise_results('Sorry.')]}"

    def _listwise_results(self, answer: str) -> Any:
        ranker = self._listwise(Llama.answering(answer, {}))
        return self.rank([{"id": 1, "text": "a"}, {"id": 2, "text": "b"}], ranker=ranker)

    def _listwise(self, llama: Any) -> Any:
        """Return a Ranker of the listwise model, for which llama.cpp is what is given."""
        (self.cache / LISTWISE).mkdir(exist_ok=True)
        (self.cache / LISTWISE / self.config.model_file_map[LISTWISE]).write_bytes(b"GGUF")
        sys.modules["llama_cpp"] = llama and types.SimpleNamespace(Llama=llama)
        return self.ranker(LISTWISE)


class Llama:
    """Stands in for ``llama_cpp.Llama``: a character is a token, and the answer is always the same."""

    answer, made = "", {}
    metadata: dict[str, str] = {}  # noqa: RUF012

    @classmethod
    def answering(cls, answer: str, made: dict[str, Any]) -> type[Llama]:
        return type("Llama", (cls,), {"answer": answer, "made": made})

    def __init__(self, *_: Any, **arguments: Any) -> None:
        self.made.update(arguments)

    def create_chat_completion(self, _: Any) -> Any:
        return {"choices": [{"message": {"content": self.answer}}]}

    def token_bos(self) -> int:
        return 1

    def token_eos(self) -> int:
        return 2

    def tokenize(self, text: bytes, **_: Any) -> list[int]:
        return [3 + byte for byte in text]

    def detokenize(self, tokens: list[int]) -> bytes:
        return bytes(token - 3 for token in tokens)

    def reset(self) -> None:
        pass

    def generate(self, *_: Any, **__: Any) -> Iterable[int]:
        yield from self.tokenize(self.answer.encode())
        yield self.token_eos()
