"""T5 as a cross-encoder, in the two ways that published rankers use it.

monoT5 (Nogueira et al. 2020, arXiv 2003.06713; castorini's pygaggle, ``rerank/transformer.py`` and
``model/tokenize.py``) and InRanker (unicamp-dl/InRanker, ``inranker/rankers.py``) read one text, decode one token, and
take a softmax over its logits for ``▁false`` and ``▁true``.

RankT5's encoder form (Zhuang et al. 2022, arXiv 2210.10634) has one linear layer on the encoder's first token. There is
no class of transformers for it, so what counts is what the safetensors hold: the tensors of a ``T5EncoderModel``, under
any common prefix, and beside them one matrix of shape (1 or 2, d_model), with or without a bias, under any name.
``T5ForTokenClassification`` saves exactly that.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM, PreTrainedConfig, T5EncoderModel

from flashrank.errors import InvalidModel, InvalidRequest
from flashrank.export.architectures import ALLOWED
from flashrank.export.source import Source
from flashrank.export.weights import load_pretrained, read_tensors

MONOT5_TOKENS = ("▁false", "▁true")

_LAST_OF_ENCODER = "encoder.final_layer_norm.weight"


class FirstToken(torch.nn.Module):  # type: ignore[misc,unused-ignore]  # torch may be absent
    """The logits of some tokens, in the first place that a T5 decodes."""

    def __init__(self, model: torch.nn.Module, tokens: list[int]) -> None:
        super().__init__()
        self.model = model
        self.tokens = tokens
        config: Any = model.config
        self.start = config.decoder_start_token_id

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Map ids of shape (batch, sequence) to logits of shape (batch, tokens)."""
        start = torch.full_like(input_ids[:, :1], self.start)
        output = self.model(
            input_ids=input_ids, attention_mask=attention_mask, decoder_input_ids=start, use_cache=False
        )
        logits: torch.Tensor = output.logits[:, 0, self.tokens]
        return logits


class EncoderHead(torch.nn.Module):  # type: ignore[misc,unused-ignore]  # torch may be absent
    """A T5 encoder whose first token is scored by one linear layer."""

    def __init__(self, encoder: torch.nn.Module, head: torch.nn.Linear) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Map ids of shape (batch, sequence) to logits of shape (batch, 1 or 2)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        logits: torch.Tensor = self.head(states[:, 0])
        return logits


def load_decoder(
    source: Source, vocabulary: Mapping[str, int], answers: tuple[str, str]
) -> tuple[FirstToken, FirstToken]:
    """Load a T5 that answers with a word: as it is, and with an output layer of those two words only.

    Raises:
        InvalidRequest: A word is not one token of the vocabulary.
        InvalidModel: The model cannot be loaded.
    """
    for word in answers:
        if word not in vocabulary:
            raise InvalidRequest(
                f"{source.name}: the vocabulary has no token {word!r}; say with --tokens what the model answers"
            )
    model = load_pretrained(AutoModelForSeq2SeqLM, source)
    ids = [vocabulary[word] for word in answers]
    head: Any = model.lm_head
    small = torch.nn.Linear(head.in_features, len(ids), bias=False)
    small.weight = torch.nn.Parameter(head.weight[ids].detach().clone())
    # A second model, of the same weights but for the output layer.
    trimmed = copy.copy(model)
    trimmed._modules = {**model._modules, "lm_head": small}
    return FirstToken(model, ids), FirstToken(trimmed, [0, 1])


def load_encoder(source: Source, config: PreTrainedConfig) -> EncoderHead:
    """Load a T5 encoder with a linear head on its first token.

    Raises:
        InvalidModel: The safetensors hold something else.
    """
    tensors = read_tensors(source.directory)
    places = [name.removesuffix(_LAST_OF_ENCODER) for name in tensors if name.endswith(_LAST_OF_ENCODER)]
    if len(places) != 1 or any(".decoder." in f".{name}" for name in tensors):
        raise InvalidModel(f"{source.name}: a T5 whose safetensors are not an encoder with a head; allowed: {ALLOWED}")
    settings: Any = copy.deepcopy(config)
    settings._attn_implementation = "eager"
    encoder = T5EncoderModel(settings)
    # The embedding has two names, of which one is saved.
    shared = [f"{places[0]}{name}" for name in ("shared.weight", "encoder.embed_tokens.weight")]
    embedding = next((tensors[name] for name in shared if name in tensors), None)
    parts = {
        name: embedding if f"{places[0]}{name}" in shared else tensors.get(f"{places[0]}{name}")
        for name in encoder.state_dict()
    }
    if absent := [name for name, tensor in parts.items() if tensor is None]:
        raise InvalidModel(f"{source.name}: {absent[0]} is not in its safetensors")
    rest = {name: tensor for name, tensor in tensors.items() if name not in {f"{places[0]}{part}" for part in parts}}
    try:
        encoder.load_state_dict(parts)
    except RuntimeError as error:
        raise InvalidModel(f"{source.name}: its safetensors are not of the shapes that config.json says") from error
    return EncoderHead(encoder, _head(rest, settings.d_model, source.name))


def _head(tensors: Mapping[str, torch.Tensor], width: int, source: str) -> torch.nn.Linear:
    """Return the linear layer that some tensors are."""
    matrices = [tensor for tensor in tensors.values() if tensor.ndim == 2]
    biases = [tensor for tensor in tensors.values() if tensor.ndim == 1]
    shape = tuple(matrices[0].shape) if len(matrices) == 1 else None
    if (
        shape not in ((1, width), (2, width))
        or len(tensors) - len(matrices) != len(biases)
        or [tensor.shape for tensor in biases] not in ([], [(shape[0],)])
    ):
        found = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in sorted(tensors.items())) or "nothing"
        raise InvalidModel(
            f"{source}: beside T5's encoder there is {found}; expected one matrix of (1 or 2, {width}) and its bias"
        )
    head = torch.nn.Linear(width, shape[0], bias=bool(biases))
    head.weight = torch.nn.Parameter(matrices[0])
    if biases:
        head.bias = torch.nn.Parameter(biases[0])
    return head
