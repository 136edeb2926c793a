"""The ``CrossEncoder`` of sentence-transformers, with torch or with onnxruntime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PACKAGE = "sentence_transformers"
GIVES_LOGITS = True


def load(setup: dict[str, Any]) -> Callable[[str, list[str]], list[tuple[int, float]]]:
    """Return the function that ranks; of ``options``, ``backend`` is ``torch`` or ``onnx``."""
    import torch
    from sentence_transformers import CrossEncoder

    backend, threads = setup["options"]["backend"], setup["threads"]
    torch.set_num_threads(threads)
    model_kwargs: dict[str, Any] = {}
    if backend == "onnx":
        import onnxruntime

        session_options = onnxruntime.SessionOptions()
        session_options.intra_op_num_threads = threads
        model_kwargs = {
            "file_name": setup["file"],
            "export": False,
            "provider": "CPUExecutionProvider",
            "session_options": session_options,
        }
    encoder = CrossEncoder(
        setup["directory"],
        max_length=setup["max_length"],
        device="cpu",
        backend=backend,
        model_kwargs=model_kwargs,
        local_files_only=True,
    )
    # Scores as they are: a sigmoid in float32 would round them.
    as_they_are = torch.nn.Identity()

    def rank(query: str, texts: list[str]) -> list[tuple[int, float]]:
        results = encoder.rank(query, texts, activation_fn=as_they_are, show_progress_bar=False)
        return [(int(result["corpus_id"]), float(result["score"])) for result in results]

    return rank
