"""The original, as transformers loads it: the export is made from it and compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, PreTrainedTokenizerBase

from flashrank.errors import InvalidModel, first_line, logged
from flashrank.export.architectures import Kind, kind_of
from flashrank.export.options import Options
from flashrank.export.source import Source
from flashrank.export.t5 import MONOT5_TOKENS, load_decoder, load_encoder
from flashrank.export.weights import load_pretrained
from flashrank.models.template import MONOT5, TextTemplate
from flashrank.scoring.heads import FloatArray
from flashrank.scoring.pair import Pair

#: What every supported T5 was trained on; its relative positions set no limit of their own.
_T5_LENGTH = 512
#: transformers writes a number of thirty digits where a tokenizer states no limit.
_NO_LIMIT = 10**9


@dataclass(frozen=True, slots=True)
class Original:
    """A loaded original.

    Attributes:
        kind: How it judges a pair.
        module: From ``inputs``, in their order, to logits of shape (batch, 1 or 2).
        exported: The same function without the weights that it does not need.
        inputs: Names of the inputs, each int64 of shape (batch, sequence).
        tokenizer: transformers' own.
        config: The model's configuration with every default spelled out.
        template: How query and passage become one text; empty for the tokenizer's own pair.
        max_length: Most tokens that the tokenizer states; None where it states none.
    """

    kind: Kind
    module: torch.nn.Module
    exported: torch.nn.Module
    inputs: tuple[str, ...]
    tokenizer: PreTrainedTokenizerBase
    config: Mapping[str, Any]
    template: str
    max_length: int | None

    def pair(self, query: str, passage: str, max_length: int) -> Pair | None:
        """Return a pair as transformers makes it, or None for one text that is too long: it would lose its end."""
        # Lists of one: a call with two strings takes an empty passage for none, and leaves out the end of it.
        if self.template:
            texts = [[TextTemplate.parse(self.template).text(query, passage)]]
            cut: dict[str, Any] = {}
        else:
            texts = [[query], [passage]]
            cut = {"truncation": "longest_first", "max_length": max_length}
        encoding = self.tokenizer(*texts, padding=False, verbose=False, **cut)
        ids = encoding["input_ids"][0]
        if len(ids) > max_length:
            return None
        return Pair(ids, encoding["token_type_ids"][0] if "token_type_ids" in self.inputs else [0] * len(ids), 0)

    def logits(self, pair: Pair) -> FloatArray:
        """Return the logits of one pair, float32 of shape (1 or 2,)."""
        rows = {"input_ids": pair.ids, "attention_mask": [1] * len(pair.ids), "token_type_ids": pair.type_ids}
        with torch.inference_mode():
            logits = self.module(*(torch.tensor([rows[name]]) for name in self.inputs))
        return np.asarray(logits[0].numpy(), dtype=np.float32)


class _Classifier(torch.nn.Module):  # type: ignore[misc,unused-ignore]  # torch may be absent
    """A sequence classifier that takes its inputs in order and returns its logits."""

    def __init__(self, model: torch.nn.Module, inputs: tuple[str, ...]) -> None:
        super().__init__()
        self.model = model
        self.inputs = inputs

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Map ids, mask and, where it takes them, segments of shape (batch, sequence) to logits (batch, labels)."""
        logits: torch.Tensor = self.model(**dict(zip(self.inputs, inputs, strict=True))).logits
        return logits


def load_original(source: Source, options: Options) -> Original:
    """Load the original's weights and tokenizer; no code that it carries is run.

    Raises:
        InvalidModel: It is of no supported kind, lacks weights, or its tokenizer cannot be loaded.
    """
    kind = kind_of(source.config, source.name)
    tokenizer = _load_tokenizer(source)
    try:
        config = AutoConfig.from_pretrained(source.directory, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # transformers' errors share no base class
        raise logged(
            InvalidModel(f"{source.name}: transformers cannot read config.json: {first_line(error)}"), error
        ) from None
    module: torch.nn.Module
    exported: torch.nn.Module
    template, length = source.template, _stated_length(tokenizer)
    inputs: tuple[str, ...] = ("input_ids", "attention_mask")
    if kind is Kind.CLASSIFIER:
        if "token_type_ids" in tokenizer.model_input_names and getattr(config, "type_vocab_size", 0) > 1:
            inputs += ("token_type_ids",)
        model = load_pretrained(AutoModelForSequenceClassification, source)
        module = exported = _Classifier(model, inputs)
    elif kind is Kind.T5_ENCODER:
        module = exported = load_encoder(source, config)
    else:
        module, exported = load_decoder(source, tokenizer.get_vocab(), options.tokens or MONOT5_TOKENS)
        template = MONOT5 if template is None else template
    if options.template is not None:
        template = options.template
    if kind is not Kind.CLASSIFIER:
        length = length or _T5_LENGTH
    plain = {key: value for key, value in config.to_dict().items() if key != "_name_or_path"}
    return Original(kind, module.eval(), exported.eval(), inputs, tokenizer, plain, template or "", length)


def _load_tokenizer(source: Source) -> PreTrainedTokenizerBase:
    """Load a tokenizer of the tokenizers library; transformers converts one that is given as a vocabulary only."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.directory, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # transformers' errors share no base class
        raise logged(
            InvalidModel(f"{source.name}: transformers cannot load its tokenizer: {first_line(error)}"), error
        ) from None
    if not tokenizer.is_fast:
        raise InvalidModel(f"{source.name}: {type(tokenizer).__name__} has no form that the tokenizers library reads")
    return tokenizer


def _stated_length(tokenizer: PreTrainedTokenizerBase) -> int | None:
    length = tokenizer.model_max_length
    return int(length) if length < _NO_LIMIT else None
