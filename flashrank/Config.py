"""Upstream's ``flashrank.Config``: the same names, read off the model rows.

``model_file_map`` may be added to. The other names are for code that reads them: to download from elsewhere set
``HF_ENDPOINT``, to keep models elsewhere ``FLASHRANK_CACHE_DIR`` or ``Ranker(cache_dir=...)``.
"""

from __future__ import annotations

from flashrank.models.model_list import DEFAULT_MODEL, list_models
from flashrank.models.spec import REPOSITORY, REVISION

model_url = f"https://huggingface.co/{REPOSITORY}/resolve/{REVISION}/{{}}.zip"
listwise_rankers = {spec.name for spec in list_models() if spec.kind == "listwise"}

default_model = DEFAULT_MODEL
#: A model's name, which is its directory's in the cache -> its file.
model_file_map = {spec.name: spec.file for spec in list_models()}


def __getattr__(name: str) -> str:
    """Return ``default_cache_dir`` as the environment has it now."""
    if name == "default_cache_dir":
        from flashrank.models.store import default_cache_dir

        return str(default_cache_dir())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
