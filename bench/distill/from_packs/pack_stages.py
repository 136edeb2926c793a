"""The stages over a pack: label, train, export and evaluate within a number of minutes, on a device."""

from __future__ import annotations

import argparse
import io
import json
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from bench.common.errors import BenchError
from bench.distill.distill_options import HELD_BACK_SOURCES
from bench.distill.from_packs.device_export import evaluate, export
from bench.distill.from_packs.device_labels import LOGITS, label_on_device, matching_reader
from bench.distill.from_packs.device_scale import SCALES
from bench.distill.from_packs.device_training import TimedTraining
from bench.distill.from_packs.pair_reader import PairReader
from bench.distill.from_packs.time_budget import TimeBudget
from bench.distill.packs.flat_texts import FlatTexts, PairMaker, flat_texts
from bench.distill.packs.label_arrays import LabelArrays, load_label_arrays
from bench.distill.packs.label_lists import TrainingSplit, even_sample, split
from bench.distill.packs.pack import Pack, content_of, find, read_pack
from bench.distill.packs.parcels import LABELS, TEACHER, TEACHER_CONFIG, TEACHER_TOKENIZER, TEST
from bench.distill.student.design import Design, parse_layers
from bench.distill.student.start import start_from, start_new, with_heads
from bench.distill.student.student_folder import START, TOKENIZER, is_prepared, load_design
from bench.distill.student.teacher_weights import as_teacher
from bench.distill.student.weights import Weights, load_weights
from bench.distill.student.word_pieces import whole_tokenizer
from bench.distill.training.training_settings import TimedTrainingSettings
from bench.systems.bert_weights import read_weights

# As many tokens of a pair as the int8 teacher reads.
_TEACHER_LENGTH = 384
# Share of the time for export and evaluation, and share after which labelling ends if training follows.
_END, _LABEL = 0.1, 0.45

_BUNDLED = Path(__file__).parents[3] / "flashrank" / "bundled"


def run(options: argparse.Namespace) -> None:
    """Run ``options.stage``, or all stages, within ``options.minutes``.

    SIGTERM ends them sooner: what there is by then is exported.

    Raises:
        BenchError: An input is missing or damaged, or there is no such device.
    """
    if options.device == "cuda" and not torch.cuda.is_available():
        raise BenchError("--device: there is no CUDA device here; expected cpu")
    clock = TimeBudget(options.minutes * 60)

    def say(line: str) -> None:
        print(f"[{clock.spent:5.0f} s] {line}", flush=True)

    before = signal.signal(signal.SIGTERM, lambda *_: clock.stop())
    try:
        _run(options, clock, say)
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(options: argparse.Namespace, clock: TimeBudget, say: Callable[[str], None]) -> None:
    work = _TimedRun(options, clock, say)
    if options.stage in ("all", "label"):
        work.label(_LABEL if options.stage == "all" else 1.0)
    if options.stage in ("all", "train"):
        work.train(1 - _END if options.stage == "all" else 1.0)
    if options.stage in ("all", "export", "evaluate"):
        work.finish()


class _TimedRun:
    """The stages over one pack. What several stages need is made once."""

    def __init__(self, options: argparse.Namespace, clock: TimeBudget, say: Callable[[str], None]) -> None:
        self._options, self._clock, self._say = options, clock, say
        self._out: Path = options.out
        self._out.mkdir(parents=True, exist_ok=True)
        self._device = torch.device(options.device)
        self._scale = SCALES[self._device.type]
        design = None if options.start else _design(options)
        if options.start:
            start_from(_exported(options.start), self._out)
        self._pack: Pack = read_pack(options.parcels)
        unknown = set(options.held_back) - set(self._pack.sources)
        if unknown and options.held_back is not HELD_BACK_SOURCES:
            there = ", ".join(sorted(set(self._pack.sources)))
            raise BenchError(f"--held-back: no query is from {', '.join(sorted(unknown))}; the sources are {there}")
        self._given, self._test = (self._labels(name) for name in (LABELS, TEST))
        config = json.loads(content_of(options.parcels, TEACHER_CONFIG))
        self._heads = int(config["num_attention_heads"])
        self._tokenizer = whole_tokenizer(content_of(options.parcels, TEACHER_TOKENIZER).decode())
        say(f"pack: {len(self._pack.passages)} passages, {len(self._pack.queries)} queries, {len(self._given)} labels")
        self._teacher_texts = self._tokenized("teacher", self._tokenizer, _TEACHER_LENGTH)
        if design:
            self._prepare_new(design)
        text = (self._out / TOKENIZER).read_text(encoding="utf-8")
        # The texts are tokenized for the student while the teacher labels.
        pool = ThreadPoolExecutor(1)
        self._student_texts: Future[tuple[FlatTexts, FlatTexts]] = pool.submit(
            self._tokenized, "student", whole_tokenizer(text), options.max_length
        )
        pool.shutdown(wait=False)

    def _prepare_new(self, design: Design) -> None:
        """Write a new student's files; nothing where they are of the same design."""
        design = with_heads(design, self._teacher["pooler.dense.bias"].shape[0], self._heads)
        if is_prepared(self._out, design):
            return
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=True)
        size = self._tokenizer.get_vocab_size()
        by_id = np.sum([np.bincount(texts.ids, minlength=size) for texts in self._teacher_texts], axis=0)
        counts = {piece: int(by_id[i]) for piece, i in vocabulary.items()}
        start_new(self._teacher, self._tokenizer, counts, design, self._options.seed, self._out)

    def label(self, share: float) -> None:
        """Label until ``share`` of the time is spent."""
        maker = PairMaker(*self._teacher_texts, self._tokenizer, _TEACHER_LENGTH, self._device)
        reader = PairReader(maker, self._heads, self._scale.labelled_tokens, "float32")
        weights = reader.on_device(as_teacher(self._teacher))
        reader = matching_reader(weights, reader, self._given, self._scale.compared, self._say)
        left_out = np.union1d(self._given.query, self._test.query)
        label_on_device(weights, reader, self._pack, left_out, self._out, lambda: self._clock.left(share), self._say)

    def train(self, share: float) -> None:
        """Train until ``share`` of the time is spent."""
        options, found = self._options, self._split
        held_back = even_sample(found.held_back, self._pack.sources, self._scale.held_back, options.seed)
        if not len(held_back):
            raise BenchError(f"--held-back: no labelled query is from {', '.join(options.held_back)}")
        self._say(
            f"train: {len(found.training)} queries with {found.training.pairs} pairs; {len(found.held_back)} held back,"
            f" {len(held_back)} of them to choose by"
        )
        settings = TimedTrainingSettings(
            queries=options.queries or self._scale.queries,
            passages=options.passages or TimedTrainingSettings().passages,
            rate=options.rate,
            decay=options.decay,
            start_shares=(0.2, 0.4) if options.start else (),
            seed=options.seed,
        )
        start = load_weights(self._out / START)
        training = TimedTraining(start, self._student_reader, held_back, settings, self._out, self._say)
        training.run(found.training, self._clock, share)

    def finish(self) -> None:
        """Export the best student so far, and measure it on the held-back queries and on the test."""
        found, options = self._split, self._options
        reader = replace(self._student_reader, precision="float32")
        rows = np.random.default_rng(options.seed).permutation(len(found.training))
        left = self._clock.left
        export(self._out, reader, found.training.take(rows), options.table_bits, options.bits, left, self._say)
        kinds = {"held back": found.held_back, "test": found.test}
        evaluate(self._out, reader, kinds, self._pack.sources, left, self._say)

    def _labels(self, name: str) -> LabelArrays:
        path = find(self._options.parcels, name)
        return load_label_arrays(path, self._pack) if path else LabelArrays.merge(())

    def _tokenized(self, whose: str, tokenizer: Tokenizer, max_length: int) -> tuple[FlatTexts, FlatTexts]:
        began = time.monotonic()
        queries, passages = (
            flat_texts(texts, tokenizer, max_length - 3, self._out / f"{whose}.{name}.npy")
            for name, texts in (("queries", self._pack.queries), ("passages", self._pack.passages))
        )
        self._say(f"tokens: {len(queries.ids) + len(passages.ids)} of the {whose}'s, {time.monotonic() - began:.0f} s")
        return queries, passages

    @cached_property
    def _teacher(self) -> Weights:
        return read_weights(io.BytesIO(content_of(self._options.parcels, TEACHER)))

    @cached_property
    def _split(self) -> TrainingSplit:
        path = self._out / LOGITS
        made = [load_label_arrays(path, self._pack)] if path.exists() else []
        return split(LabelArrays.merge([self._given, *made]), self._test, self._pack.sources, self._options.held_back)

    @cached_property
    def _student_reader(self) -> PairReader:
        options = self._options
        tokenizer = whole_tokenizer((self._out / TOKENIZER).read_text(encoding="utf-8"))
        maker = PairMaker(*self._student_texts.result(), tokenizer, options.max_length, self._device)
        precision = options.precision or self._scale.precision
        return PairReader(maker, load_design(self._out).heads, self._scale.tokens, precision)


def _design(options: argparse.Namespace) -> Design:
    return Design(
        layers=parse_layers(options.layers),
        table=options.table,
        feed_forward=options.feed_forward,
        vocabulary=options.vocabulary,
        width=options.width,
        random=options.init == "random",
    )


def _exported(start: str) -> Path:
    """Return an exported student's directory. A bare machine lacks what the library's own search for models needs.

    Raises:
        BenchError: It is neither a directory nor a bundled model.
    """
    directory = Path(start) if Path(start).is_dir() else _BUNDLED / start
    if not directory.is_dir():
        raise BenchError(f"--start is {start!r}: neither a directory nor a bundled model")
    return directory
