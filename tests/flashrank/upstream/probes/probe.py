"""What every probe starts from."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"


class Probe:
    """Uses a Ranker of a tiny model in a cache of its own."""

    def __init__(self, cache: Path) -> None:
        from flashrank import Config, Ranker, RerankRequest

        self.cache, self.config = cache, Config
        self.ranker_class, self.request_class = Ranker, RerankRequest
        self.model = self.put("one-logit-int8", "tiny")
        self.put("nan-logits", "nan")
        vocabulary = json.loads((self.model / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
        (self.model / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")

    def put(self, fixture: str, name: str) -> Path:
        """Put a fixture into the cache, with an entry of its own."""
        directory = Path(shutil.copytree(FIXTURES / fixture, self.cache / name))
        self.config.model_file_map[name] = "model.onnx"
        return directory

    def ranker(self, name: str = "tiny", **arguments: Any) -> Any:
        return self.ranker_class(name, cache_dir=str(self.cache), **arguments)

    def rank(self, passages: Any, query: Any = "rank the passages", ranker: Any = None) -> Any:
        return (ranker or self.ranker()).rerank(self.request_class(query=query, passages=passages))

    @contextmanager
    def records(self) -> Iterator[list[str]]:
        """Collect the levels of what is logged to ``flashrank.Ranker``."""
        levels: list[str] = []

        class Keep(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                levels.append(record.levelname)

        log, handler = logging.getLogger("flashrank.Ranker"), Keep()
        log.addHandler(handler)
        log.setLevel("DEBUG")
        try:
            yield levels
        finally:
            log.removeHandler(handler)
            log.setLevel("NOTSET")
