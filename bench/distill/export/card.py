"""The model card in the exported model's directory."""

from __future__ import annotations

import json
from pathlib import Path

from bench.distill.student.design import Design
from bench.distill.student.student_folder import HELD_BACK
from bench.distill.student.training_log import kept_check, read_checks

CARD = "MODEL_CARD.md"

_TEXT = """\
---
language: en
license: apache-2.0
tags: [reranking, cross-encoder]
---

# nano

A cross-encoder that reranks English passages for a query, small enough to come with FlashRank: {layers} transformer
layers of width {hidden}, {pieces} word pieces in a factorised table of width {table}, int8 products. {raw:.1f} MB on
disk, {zipped:.1f} MB in a wheel.

## How it was made

Distilled from ms-marco-MiniLM-L-12-v2 (12 layers), on a CPU, by `python -m bench.distill`, which makes it again:

- The teacher's int8 weights were dequantised. The student starts from its layers {taken}, each with {feed_forward} of
  the teacher's 1536 feed-forward neurons, its pooler and its classifier.
- The vocabulary was cut to the pieces that English text uses most and every single character, so no word is unknown
  that the teacher knows: a rare one becomes more, smaller pieces. The embedding table was factorised by a singular
  value decomposition weighted by frequency.{grown}
- The student then learned the teacher's logits on questions, on their keywords, and on claims taken out of their
  answers, with relevant passages, hard negatives by BM25 and random ones.{searches}
- The loss is margin-MSE, listwise KL over each query's passages, and a little plain MSE. It saw {pairs} pairs in
  {minutes:,} minutes on 2 cores{rounds}; its weights are the running mean of the last
  steps'{mixed}.
- {choice} to choose between designs and
  checkpoints. No test collection was trained on or used to choose anything.
- Weights have {bits} bits, the last layer's output one more, stored as int8 with a scale per output; the table has
  {table_bits}. They were rounded so that what matrices make of the inputs that they have in training keeps (GPTQ).
  Activations are quantised as they come, as in FlashRank's other models. In the last layer only the [CLS] row is
  computed.

## From what, under which licences

| what | licence |
| --- | --- |
| ms-marco-MiniLM-L-12-v2, the teacher: its weights and labels | Apache-2.0 |
| MedQuAD: questions and answers of the U.S. National Institutes of Health | CC BY 4.0 |
| COVID-QA | Apache-2.0 |
| SelQA | Apache-2.0 |
| PubMedQA | MIT |
| sentences and questions of SQuAD | CC BY-SA 4.0 |

The teacher was itself trained on MS MARCO, whose terms are for non-commercial research; its publisher gives the model
under Apache-2.0.

## What it is good and bad at

Held-back queries ({held_back} of them): in float32 it orders {agreement:.1%} of the passage pairs as the
teacher does, of those that the teacher sets at least one logit apart{before}.

{results}
- English only. Text in another script is scored, from its single characters, and the scores mean little.
- It saw short factual questions and medical texts of up to 250 words; arguments, code and long documents are far from
  both.
- SQuAD's questions were trained on, so its results on XQuAD, which has the same ones, say nothing.
- At most 512 tokens of a query and a passage are read.
- Scores follow the teacher's scale, near 0 or 1 for most passages: rank by them, do not read them as probabilities.
"""

_GROWN = """ Pieces that joined between two rounds of
  training got rows by the affine map that fits the student's rows to the teacher's best."""

_SEARCHES = """ It learned them too on
  questions, keywords and queries made in the forms of a search box, over passages of 20 to 80 words out of BM25's first
  hundred; in every third, words were exchanged for others of the teacher's vocabulary, in query and passages alike."""

_HELD_BACK_QUERIES = "2 in 100 of the training queries, chosen by a hash of their text, were held back"

_HELD_BACK_SOURCES = "All queries of some sources ({sources}) were held back"

_RESULTS = """\
Reranking BM25's top 100 (`python -m bench.distill evaluate`, with `--limit N` where there are fewer queries than the
collection has; {cpu}). Where the difference is negative, BM25 alone ranks better and this model should not be used:

{tables}"""


def write_card(out: Path, model: Path, design: Design, sizes: tuple[int, int], bits: tuple[int, int]) -> None:
    """Write ``MODEL_CARD.md`` into ``model`` from the log of the training and the last evaluation in ``out``.

    Args:
        out: The folder of everything that was made.
        model: The exported directory.
        design: The student's, with all rounds of its training.
        sizes: Bytes of the directory, raw and zipped.
        bits: Bits per weight, and per value of the embedding table.
    """
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    kept, first, rounds = kept_check(out), read_checks(out)[0], len(design.rounds)
    what = "training" if rounds == 1 else "the last round"
    text = _TEXT.format(
        layers=config["num_hidden_layers"],
        hidden=config["hidden_size"],
        pieces=config["vocab_size"],
        table=config["embedding_size"],
        raw=sizes[0] / 1e6,
        zipped=sizes[1] / 1e6,
        taken=", ".join(map(str, design.layers)),
        feed_forward=design.feed_forward,
        grown=_GROWN if rounds > 1 else "",
        searches=_SEARCHES if any((out / "labels").glob("searches.*")) else "",
        pairs=f"{sum(done.pairs for done in design.rounds):,}",
        minutes=sum(done.minutes for done in design.rounds),
        rounds=f", in {rounds} rounds of training" if rounds > 1 else "",
        mixed=f", mixed with {kept['start_share']:.0%} of what the round started from" if kept["start_share"] else "",
        choice=_choice(out),
        bits=bits[0],
        table_bits=bits[1],
        held_back=kept["queries"],
        agreement=kept["agreement"],
        # Measured on other held-back queries, it could not be compared.
        before=f"; before {what} {first['agreement']:.1%}" if first["queries"] == kept["queries"] else "",
        results=_results(out),
    )
    (model / CARD).write_text(text, encoding="utf-8")


def _choice(out: Path) -> str:
    """Return what was held back: whole sources where the student learned from a pack, else some of the queries."""
    path = out / HELD_BACK
    if not path.exists():
        return _HELD_BACK_QUERIES
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    sources = sorted({row["source"] for row in rows if row["kind"] == "held back"} - {"all"})
    return _HELD_BACK_SOURCES.format(sources=", ".join(sources))


def _results(out: Path) -> str:
    if not (out / "evaluation.md").exists():
        return "Not evaluated on test collections yet: `python -m bench.distill evaluate`.\n"
    measured = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    tables = (out / "evaluation.md").read_text(encoding="utf-8")
    return _RESULTS.format(cpu=measured["machine"]["cpu"], tables=tables)
