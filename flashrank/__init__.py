"""Ultra-light, very fast reranking of search results with cross-encoders on a CPU.

``Ranker(name).rerank(RerankRequest(query, passages))`` returns the passages as new dicts with a score, best first.
"""

from flashrank._cores import available_cores
from flashrank.errors import FlashRankError, InvalidModel, InvalidRequest, ModelUnavailable
from flashrank.models.model_list import find_model, list_models
from flashrank.models.spec import ModelSpec
from flashrank.models.store import ModelFiles, default_cache_dir, locate_model, resolve_model
from flashrank.models.template import TextTemplate
from flashrank.Ranker import Ranker, RerankRequest
from flashrank.scoring.pair import Pair
from flashrank.scoring.scores import Scores

__version__ = "1.0.0"

__all__ = [
    "FlashRankError",
    "InvalidModel",
    "InvalidRequest",
    "ModelFiles",
    "ModelSpec",
    "ModelUnavailable",
    "Pair",
    "Ranker",
    "RerankRequest",
    "Scores",
    "TextTemplate",
    "__version__",
    "available_cores",
    "default_cache_dir",
    "find_model",
    "list_models",
    "locate_model",
    "resolve_model",
]
