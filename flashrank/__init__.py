"""Ultra-light, very fast reranking of search results with cross-encoders on a CPU.

``Ranker(name).rerank(RerankRequest(query, passages))`` returns the passages as new dicts with a score, best first.
"""

from flashrank.errors import FlashRankError, InvalidModel, InvalidRequest, ModelUnavailable
from flashrank.models.rows import list_models
from flashrank.models.spec import ModelSpec
from flashrank.Ranker import Ranker, RerankRequest
from flashrank.scoring.scores import Scores

__version__ = "1.0.0"

__all__ = [
    "FlashRankError",
    "InvalidModel",
    "InvalidRequest",
    "ModelSpec",
    "ModelUnavailable",
    "Ranker",
    "RerankRequest",
    "Scores",
    "__version__",
    "list_models",
]
