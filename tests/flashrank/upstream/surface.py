"""Print the surface of the flashrank that this Python imports, as JSON: names, signatures, attributes, side effects.

It runs with FlashRank 0.2.10 and with this project alike, each in an environment of its own, and needs neither a
network nor anything else than a flashrank. ``upstream.json`` beside it is what 0.2.10 says; to make it anew:

    python -m venv upstream && upstream/bin/pip install FlashRank==0.2.10
    upstream/bin/python -I tests/flashrank/upstream/surface.py > tests/flashrank/upstream/upstream.json

With ``--names TABLE`` the names looked up are those of a table that an earlier run printed. With ``--path FOLDER``
flashrank is imported from there.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import logging
import pickle
import shutil
import sys
import tempfile
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest import mock

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
MODULES = ("flashrank", "flashrank.Config", "flashrank.Ranker")
HEAVY = ("numpy", "onnxruntime", "requests", "tokenizers", "tqdm")
ABSENT = "absent"
KNOWN = "ms-marco-TinyBERT-L-2-v2"
LISTWISE = "rank_zephyr_7b_v1_full"


def short(value: object) -> str:
    """Say what a value is: plain data by value, anything else by its kind."""
    if inspect.ismodule(value):
        return "a module"
    if inspect.isclass(value):
        return "a class"
    if callable(value):
        return "a function"
    if isinstance(value, (set, frozenset)):
        return repr(sorted(value))
    return repr(value) if isinstance(value, (str, int, type(None))) else type(value).__name__


def look_up(owner: object, name: str) -> Any:
    """Return an attribute, or ``ABSENT``."""
    return getattr(owner, name, ABSENT)


def parameters(function: Callable[..., Any]) -> dict[str, str]:
    """Return, for each parameter that may be given by position, what it is by default."""
    found = {}
    for position, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "self":
            default = "required" if parameter.default is parameter.empty else repr(parameter.default)
            found[parameter.name] = f"argument {position}, {default}"
    return found


def names(table: dict[str, str] | None) -> dict[str, str]:
    """Return the names of the modules, and what they stand for."""
    found = {}
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        prefix = f"{module_name}:"
        wanted: Iterable[str] = dir(module)
        if table is not None:
            wanted = {key[len(prefix) :].partition("[")[0] for key in table if key.startswith(prefix)}
        for name in sorted(wanted):
            if name.startswith("__"):
                continue
            value = look_up(module, name)
            if isinstance(value, dict):
                found.update({f"{prefix}{name}[{key!r}]": repr(entry) for key, entry in value.items()})
            elif name == "default_cache_dir" and value != "/tmp" and isinstance(value, str):
                found[prefix + name] = "the user's own cache"
            else:
                found[prefix + name] = value if value is ABSENT else short(value)
    return found


def signatures(table: dict[str, str] | None) -> dict[str, str]:
    """Return the methods of the two classes, and their parameters."""
    from flashrank import Ranker, RerankRequest

    found = {}
    for owner in (Ranker, RerankRequest):
        prefix = f"{owner.__name__}."
        wanted: Iterable[str] = [name for name in vars(owner) if name == "__init__" or not name.startswith("__")]
        if table is not None:
            wanted = {key[len(prefix) :].partition("(")[0] for key in table if key.startswith(prefix)}
        for name in sorted(wanted):
            value = look_up(owner, name)
            if value is ABSENT:
                found[prefix + name] = ABSENT
                continue
            found[prefix + name] = "a method"
            found.update({f"{prefix}{name}({given})": said for given, said in parameters(value).items()})
    return found


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

    # What constructing does.

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

    def a_model_that_is_missing(self) -> str:
        return self._download("missing", "new-cache")

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

    # The parts.

    def ranker_cache_dir(self) -> str:
        return "cache_dir, a Path" if self.ranker().cache_dir == self.cache else "another"

    def ranker_model_dir(self) -> str:
        return "cache_dir/name, a Path" if self.ranker().model_dir == self.model else "another"

    def ranker_logger(self) -> str:
        return str(self.ranker().logger.name)

    def ranker_llm_model(self) -> str:
        return repr(self.ranker().llm_model)

    def ranker_llm_model_set(self) -> str:
        self.ranker().llm_model = None
        return "set"

    def ranker_session(self) -> str:
        return type(self.ranker().session).__name__

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

    def ranker_tokenizer(self) -> str:
        return type(self.ranker().tokenizer).__name__

    def padding_of_the_tokenizer(self) -> str:
        return "to the longest of a batch" if self.ranker().tokenizer.padding else "none"

    def tokenizer_vocab_where_there_is_a_vocab_txt(self) -> str:
        return type(look_up(self.ranker().tokenizer, "vocab")).__name__.replace("str", ABSENT)

    def tokenizer_ids_to_tokens_where_there_is_a_vocab_txt(self) -> str:
        return type(look_up(self.ranker().tokenizer, "ids_to_tokens")).__name__.replace("str", ABSENT)

    def the_length_of_get_tokenizer_64(self) -> str:
        return str(self.ranker()._get_tokenizer(64).truncation["max_length"])

    # What ranking gives.

    def the_list_that_rerank_returns(self) -> str:
        passages = [{"text": "rank"}, {"text": "query"}]
        return "the request's own" if self.rank(passages) is passages else "a new one"

    def the_dicts_that_rerank_returns(self) -> str:
        passages = [{"text": "rank"}]
        return "the passages themselves" if self.rank(passages)[0] is passages[0] else "new ones"

    def the_request_after_rerank(self) -> str:
        passages = [{"text": text} for text in ("rank", "query", "passages", "rank the query")]
        before = [passage["text"] for passage in passages]
        self.rank(passages)
        scored = "with scores" if "score" in passages[0] else "without scores"
        best_first = [passage["text"] for passage in self.rank([{"text": text} for text in before])]
        order = "sorted" if [passage["text"] for passage in passages] == best_first != before else "in its order"
        return f"{order}, {scored}"

    def the_order_of_the_results(self) -> str:
        scores = [result["score"] for result in self.rank([{"text": text} for text in ("rank", "query", "the")])]
        return "best first" if scores == sorted(scores, reverse=True) and len(set(scores)) > 1 else "another"

    def equal_scores(self) -> str:
        ids = [result["id"] for result in self.rank([{"id": i, "text": "rank"} for i in range(5)])]
        return "as given" if ids == list(range(5)) else "another order"

    def other_keys_of_a_passage(self) -> str:
        (result,) = self.rank([{"id": 1, "text": "rank", "meta": {"a": 1}, "score": "old"}])
        return ", ".join(result)

    def the_type_of_a_score(self) -> str:
        kind = type(self.rank([{"text": "rank"}])[0]["score"])
        return f"{kind.__module__}.{kind.__name__}"

    def json_dumps_of_the_results(self) -> str:
        json.dumps(self.rank([{"text": "rank"}]))
        return "works"

    def a_score_in_other_company(self) -> str:
        text = "rank the passages for a query"
        alone = self.rank([{"text": text}])[0]["score"]
        beside = self.rank([{"text": text}, {"text": "query " * 90}, {"text": "passages the model reads"}])
        return "the same" if [r["score"] for r in beside if r["text"] == text] == [alone] else "another"

    def runs_of_the_session_for_3_passages(self) -> str:
        ranker, shapes = self.ranker(), []
        session = ranker.session

        class Spy:
            def __getattr__(self, name: str) -> Any:
                return getattr(session, name)

            def run(self, names: Any, feed: Any) -> Any:
                shapes.append(feed["input_ids"].shape[0])
                return session.run(names, feed)

        ranker.session = Spy()
        self.rank([{"text": "rank"}, {"text": "query " * 9}, {"text": "the"}], ranker=ranker)
        return " and ".join(f"1 of {count}" for count in sorted(shapes))

    def no_passages(self) -> str:
        return repr(self.rank([]))

    def a_request_without_passages(self) -> str:
        return repr(self.request_class(query="rank").passages)

    def a_tuple_of_passages(self) -> str:
        return f"ranks {len(self.rank(({'text': 'rank'}, {'text': 'query'})))}"

    def no_query(self) -> str:
        return f"ranks {len(self.rank([{'text': 'rank'}], query=None))}"

    def a_passage_without_a_text(self) -> str:
        return f"ranks {len(self.rank([{'id': 1}]))}"

    def a_text_that_is_None(self) -> str:  # noqa: N802
        return f"ranks {len(self.rank([{'text': None}]))}"

    def a_model_that_gives_NaN(self) -> str:  # noqa: N802
        return str(self.rank([{"text": "rank"}], ranker=self.ranker("nan"))[0]["score"])

    def log_records_of_rerank(self) -> str:
        return self._records([{"text": "rank"}])

    def log_records_of_rerank_where_passages_are_cut(self) -> str:
        return self._records([{"text": "rank " * 900}])

    def _records(self, passages: Any) -> str:
        records: list[str] = []

        class Keep(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                records.append(record.levelname)

        ranker = self.ranker()
        handler, level = Keep(), ranker.logger.level
        ranker.logger.addHandler(handler)
        ranker.logger.setLevel("DEBUG")
        try:
            self.rank(passages, ranker=ranker)
        finally:
            ranker.logger.removeHandler(handler)
            ranker.logger.setLevel(level)
        return ", ".join(records) or "none"

    def a_pickled_request(self) -> str:
        request = pickle.loads(pickle.dumps(self.request_class("rank", [{"text": "a"}])))
        return ", ".join(f"{key}={value!r}" for key, value in vars(request).items())

    # Listwise models, with a stand-in for llama.cpp.

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


def behaviour() -> dict[str, str]:
    """Return what using it does: for each of the probe's questions the answer, or the error's class."""
    found = {}
    for name in vars(Probe):
        if name.startswith("_") or name in ("put", "ranker", "rank"):
            continue
        # Each with a cache of its own, and the loggers as a new process has them.
        with tempfile.TemporaryDirectory() as folder:
            logging.root.handlers.clear()
            logging.root.setLevel("WARNING")
            logging.getLogger("flashrank.Ranker").setLevel("NOTSET")
            try:
                answer = getattr(Probe(Path(folder).resolve()), name)()
            except Exception as error:
                answer = f"raises {type(error).__name__}"
        found[name.replace("_", " ")] = answer
    return found


def main() -> None:
    """Print the surface."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=Path, metavar="TABLE", help="look up the names of this table")
    parser.add_argument("--path", metavar="FOLDER", help="import flashrank from this folder")
    options = parser.parse_args()
    if options.path:
        sys.path.insert(0, options.path)
    table = json.loads(options.names.read_text(encoding="utf-8")) if options.names else None
    importlib.import_module("flashrank")
    loaded = [name for name in HEAVY if name in sys.modules]
    logging.lastResort = None
    surface = {
        "what import flashrank loads": ", ".join(loaded) or "none of those",
        **names(table),
        **signatures(table),
        **behaviour(),
    }
    print(json.dumps(surface, indent=1))


if __name__ == "__main__":
    main()
