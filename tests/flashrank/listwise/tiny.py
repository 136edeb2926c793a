"""Tiny GGUF models whose answers are known, for the real llama.cpp.

The architecture is Llama's with a SentencePiece vocabulary, as RankZephyr's is. Attention and feed-forward are random
but almost silent, and the output matrix makes each token of a chain the likeliest one after the token before it, so
that the model answers what its maker chose; all else about it is random.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import gguf
import numpy as np

from flashrank.listwise.prompt import ASSISTANT, SYSTEM, user_turn, whole_answer

ZEPHYR_TEMPLATE = "{% for message in messages %}<|user|>{{ message['content'] }}{% endfor %}"
EMBEDDING, HEADS, HIDDEN = 64, 2, 32


def vocabulary(extra: Sequence[str]) -> list[tuple[str, float, gguf.TokenType]]:
    """Return tokens for every byte, for printable ASCII, for the words of the prompt, and ``extra``."""
    tokens = [
        ("<unk>", 0.0, gguf.TokenType.UNKNOWN),
        ("<s>", 0.0, gguf.TokenType.CONTROL),
        ("</s>", 0.0, gguf.TokenType.CONTROL),
        *((f"<0x{byte:02X}>", 0.0, gguf.TokenType.BYTE) for byte in range(256)),
    ]
    text = " ".join([SYSTEM, user_turn("q", ["p"]), ASSISTANT, whole_answer(20)])
    words = ["▁" + word for word in dict.fromkeys(text.split())]
    # SentencePiece builds a token by joining two others: of every word, its beginnings.
    pieces = [word[:end] for word in words for end in range(2, len(word) + 1)]
    single = ["▁", *map(chr, range(33, 127))]
    chosen = dict.fromkeys(
        [*single, "</", "s>", *pieces, *(word[:end] for word in extra for end in range(2, len(word)))]
    )
    tokens += [(piece, -float(i), gguf.TokenType.NORMAL) for i, piece in enumerate(chosen, 1) if piece not in extra]
    return [*tokens, *((piece, -0.5, gguf.TokenType.NORMAL) for piece in extra)]


def write_model(
    path: Path,
    answer: Sequence[int] = (),
    *,
    context: int = 4096,
    seed: int = 0,
    template: str | None = ZEPHYR_TEMPLATE,
    causal: bool = True,
) -> Path:
    """Write a model that ends every prompt with the identifiers of ``answer`` and the end-of-sequence token.

    Without ``answer`` its words are random.
    """
    generator = np.random.default_rng(seed)
    pieces = [f"[{number}]" for number in answer]
    tokens = vocabulary(pieces)
    ids = {token: i for i, (token, _, _) in enumerate(tokens)}
    embedding, output = (generator.normal(0, 0.02, (len(tokens), EMBEDDING)).astype(np.float32) for _ in range(2))
    if answer:
        chain = ["<0x0A>", *pieces, "</s>"]  # a prompt ends in a new line
        for i, (before, after) in enumerate(pairwise(chain)):
            embedding[ids[before], i] = output[ids[after], i] = 1.0

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(context)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(EMBEDDING // HEADS)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token for token, _, _ in tokens])
    writer.add_token_scores([score for _, score, _ in tokens])
    writer.add_token_types([kind for _, _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_causal_attention(causal)
    if template:
        writer.add_chat_template(template)

    def matrix(*shape: int) -> np.ndarray:
        return generator.normal(0, 0.001 if answer else 0.1, shape).astype(np.float32)

    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output_norm.weight", np.ones(EMBEDDING, np.float32))
    writer.add_tensor("output.weight", output)
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(EMBEDDING, np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        writer.add_tensor(f"blk.0.{name}.weight", matrix(EMBEDDING, EMBEDDING))
    for name in ("ffn_gate", "ffn_up"):
        writer.add_tensor(f"blk.0.{name}.weight", matrix(HIDDEN, EMBEDDING))
    writer.add_tensor("blk.0.ffn_down.weight", matrix(EMBEDDING, HIDDEN))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
