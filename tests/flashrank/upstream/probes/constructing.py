"""What constructing a Ranker does, and what it takes."""

from __future__ import annotations

import importlib
import logging
import shutil
from typing import Any
from unittest import mock

from probes.probe import Probe

KNOWN = "ms-marco-TinyBERT-L-2-v2"


class Constructing(Probe):
    """What constructing a Ranker does, and what it takes."""

    def a_handler_on_the_root_logger(self) -> str:
        self.ranker()
        return "added" if logging.root.handlers else "none"

    def the_level_of_the_root_logger_after_log_level_DEBUG(self) -> str:  # noqa: N802
        logging.root.handlers.clear()
        self.ranker(log_level="DEBUG")
        return logging.getLevelName(logging.root.level)

    def the_level_of_the_rankers_logger_after_log_level_DEBUG(self) -> str:  # noqa: N802
        return logging.getLevelName(self.ranker(log_level="DEBUG").logger.level)

    def the_level_that_an_application_set_and_no_log_level(self) -> str:
        log = logging.getLogger("flashrank.Ranker")
        log.setLevel("ERROR")
        try:
            self.ranker()
            return logging.getLevelName(log.level)
        finally:
            log.setLevel("NOTSET")

    def log_level_WARN(self) -> str:  # noqa: N802
        self.ranker(log_level="WARN")
        return "accepted"

    def a_log_level_that_is_none(self) -> str:
        self.ranker(log_level="LOUD")
        return "taken for INFO"

    def max_length_beyond_the_models(self) -> str:
        return str(self.ranker(max_length=4096).tokenizer.truncation["max_length"])

    def max_length_that_holds_no_pair(self) -> str:
        ranker = self.ranker(max_length=3)
        self.rank([{"text": "rank"}], ranker=ranker)
        return "accepted"

    def a_name_without_an_entry(self) -> str:
        (self.cache / "unlisted").mkdir(exist_ok=True)
        self.ranker("unlisted")
        return "accepted"

    def another_model_file_map_in_flashrank_Ranker(self) -> str:  # noqa: N802
        return self._with_entry_in("flashrank.Ranker")

    def another_model_file_map_in_flashrank_Config(self) -> str:  # noqa: N802
        return self._with_entry_in("flashrank.Config")

    def _with_entry_in(self, module: str) -> str:
        """Say whether a dict of one entry counts when it takes the place of that module's."""
        shutil.copytree(self.model, self.cache / "replaced")
        with mock.patch.object(importlib.import_module(module), "model_file_map", {"replaced": "model.onnx"}):
            try:
                return f"{self.ranker('replaced').model_dir.name} is there"
            except Exception:
                return "is not read"

    def a_model_that_is_missing(self) -> str:
        return self._download("missing", "new-cache")

    def log_records_of_a_model_that_is_missing(self) -> str:
        with self.records() as records:
            self._download("missing", ".")
        return ", ".join(records) or "none"

    def a_directory_of_a_known_model_without_its_file(self) -> str:
        (self.cache / KNOWN).mkdir(exist_ok=True)
        return self._download(KNOWN, ".")

    def _download(self, name: str, cache: str) -> str:
        """Say how the step that downloads is called."""
        said = []

        def download(ranker: Any, model_name: str) -> None:
            made = "made" if ranker.cache_dir.is_dir() else "not made"
            place = "cache_dir/name" if ranker.model_dir == ranker.cache_dir / model_name else str(ranker.model_dir)
            said.append(f"_download_model_files({model_name!r}), model_dir is {place}, cache_dir was {made}")
            raise KeyboardInterrupt

        self.config.model_file_map.setdefault(name, "model.onnx")
        with mock.patch.object(self.ranker_class, "_download_model_files", download):
            try:
                self.ranker_class(name, cache_dir=str(self.cache / cache))
            except KeyboardInterrupt:
                return said[0]
        return "nothing is downloaded"

    def downloading_a_model_that_is_there(self) -> str:
        module, ranker = importlib.import_module("flashrank.Ranker"), self.ranker()
        with mock.patch.object(module, "requests", create=True) as requests:
            requests.get.side_effect = KeyboardInterrupt
            try:
                ranker._download_model_files("tiny")
            except KeyboardInterrupt:
                return "downloaded again"
        return "left as it is"
