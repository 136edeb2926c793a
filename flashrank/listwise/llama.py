"""A GGUF model run by llama.cpp: text to tokens and back, and the likeliest continuation of a prompt."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flashrank.errors import InvalidModel, ModelUnavailable, logged

# RankLLM runs RankZephyr with this many tokens, and its published results were measured so. The model's own limit,
# 32768, would take 4 GB for the attention's keys and values; this takes half a GB.
CONTEXT = 4096


class LlamaModel:
    """One GGUF model and its context; safe to use from many threads, of which one at a time generates.

    Where llama-cpp-python was built for a GPU all layers run there.

    Args:
        gguf: The file.
        threads: Threads that one generation uses.

    Attributes:
        llama: llama-cpp-python's object.
        context: Most tokens of prompt and answer together: what the model was trained for, ``CONTEXT`` at most.
        chat_template: The template of conversations that the file carries, in Jinja; empty where it has none.

    Raises:
        ModelUnavailable: llama-cpp-python is not installed.
        InvalidModel: llama.cpp cannot load the file, or the model does not write text.
    """

    def __init__(self, gguf: Path, threads: int) -> None:
        try:
            from llama_cpp import Llama
        except ImportError as error:
            raise logged(
                ModelUnavailable(
                    f"{gguf.name} is a listwise model, which llama-cpp-python runs ({error}):"
                    " pip install 'flashrank[listwise]'"
                ),
                error,
            ) from None
        if not gguf.is_file():
            raise InvalidModel(f"{gguf}: no such file")
        try:
            # Typed so that checking types needs no llama-cpp-python.
            self.llama: Any = Llama(
                str(gguf),
                n_ctx=CONTEXT,
                n_gpu_layers=-1,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
        except Exception as error:  # llama-cpp-python raises what its parts raise
            raise logged(InvalidModel(f"{gguf}: llama.cpp cannot load it: {error}"), error) from None
        self._gguf = gguf
        self._lock = threading.Lock()
        self._start, self._end = self.llama.token_bos(), self.llama.token_eos()
        metadata = self.llama.metadata
        architecture = metadata.get("general.architecture")
        # llama.cpp loads an encoder too, and fails only when it is asked for a word.
        if self._end < 0 or metadata.get(f"{architecture}.attention.causal") == "false":
            raise InvalidModel(f"{gguf}: a {architecture} model that writes no text, so it cannot rank listwise")
        trained = int(metadata.get(f"{architecture}.context_length", CONTEXT))
        self.context = min(CONTEXT, trained)
        self.chat_template = metadata.get("tokenizer.chat_template", "")

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of ``text``, which is never read as special tokens."""
        return list(self.llama.tokenize(text.encode(), add_bos=False, special=False))

    def text(self, tokens: Sequence[int]) -> str:
        """Return the text of ``tokens``, without a character that they end in the middle of."""
        return str(self.llama.detokenize(list(tokens)), errors="ignore").strip()

    def conversation(self, turns: Sequence[str]) -> list[int]:
        """Return the tokens of a conversation: every turn but the last one is ended by the end-of-sequence token."""
        ids = [] if self._start < 0 else [self._start]
        for number, turn in enumerate(turns):
            ids += [self._end] * (number > 0) + self.tokens(turn)
        return ids

    def generate(self, prompt: Sequence[int], most: int) -> str:
        """Return what follows ``prompt``, always the likeliest token, until the model ends or wrote ``most`` tokens.

        Raises:
            InvalidModel: llama.cpp fails on the prompt.
        """
        answer: list[int] = []
        with self._lock:
            # Without this the tokens that the last prompt shares with this one are not read again. The rest is then
            # read in other batches, which round differently: an answer could depend on what was asked before.
            self.llama.reset()
            try:
                for token in self.llama.generate(prompt, temp=0.0, repeat_penalty=1.0):
                    if token == self._end:
                        break
                    answer.append(token)
                    if len(answer) == most:
                        break
            except Exception as error:  # llama-cpp-python raises what its parts raise
                raise logged(
                    InvalidModel(f"{self._gguf}: llama.cpp failed on {len(prompt)} tokens: {error}"), error
                ) from None
        return self.text(answer)
