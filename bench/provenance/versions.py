"""The versions that results come from: each is raised by hand when the numbers it stands for change, and only then.

A cell names those it depends on, so raising one measures again what it changed and nothing else; refactoring measures
nothing again. ``tests/bench/provenance/test_versions.py`` compares every one with reference numbers, and fails where
they moved and the version did not.
"""

from __future__ import annotations

from collections.abc import Iterable

#: What is versioned -> its version. The comment says which numbers it stands for.
VERSIONS = {
    "tokenization": 1,  # query and passage -> token ids of a pair: templates, truncation, special tokens
    "engine": 2,  # token ids -> score: the graph that is run, the session's options, how logits become a score
    "cascade": 1,  # which passages the second model rescores, and the order of the others
    "listwise": 1,  # query and passages -> scores by a language model: prompt, windows, answer, cutting
    "bm25": 3,  # documents and queries -> candidates: analyzers, formula, which documents count, ties
    "quality": 2,  # logits -> order and measures; which queries; what the seconds of a query include
    "sweep": 2,  # which depths and lengths, the measures at them, what is timed and how often
    "latency": 1,  # the grid's requests, their turns, when enough is timed, what the seconds include
    "footprint": 1,  # the request and the process whose peak memory counts
    "energy": 1,  # which counters are added up, and over what
    "peers": 1,  # a mix's requests, who is asked what in a round, what is timed, differences from float32
    "cold start": 1,  # which request, when a process counts as started and when as ended, what is left untimed
}

#: What scores a pair, or a request, by the model's kind.
_SCORING = {"cross-encoder": ("tokenization", "engine"), "listwise": ("listwise",)}
_MEASURED = {
    "first stage": ("quality",),  # its candidates themselves are among a cell's inputs
    "quality": ("quality",),
    "latency": ("latency", "footprint", "energy"),
    "peers": ("peers",),
    "cold start": ("cold start",),
}
#: Libraries whose versions decide what a model answers, by the model's kind, as ``provenance.machine`` calls them.
LIBRARIES = {
    "cross-encoder": ("onnxruntime", "tokenizers", "numpy"),
    "listwise": ("llama_cpp_python",),
}


def versions_of(cell: str, model: str | None = None, more: Iterable[str] = ()) -> dict[str, int]:
    """Return the versions that a cell depends on.

    Args:
        cell: Its kind: ``first stage``, ``quality``, ``latency``, ``peers`` or ``cold start``.
        model: The kind of its model: ``cross-encoder`` or ``listwise``; None for a first stage.
        more: Others that it depends on, such as ``sweep``.
    """
    names = (*(_SCORING[model] if model is not None else ()), *_MEASURED[cell], *more)
    return {name: VERSIONS[name] for name in names}
