"""Listwise reranking: a language model reads passages together and writes down their order (extra ``listwise``)."""

from flashrank.listwise.scorer import ListwiseScorer

__all__ = ["ListwiseScorer"]
