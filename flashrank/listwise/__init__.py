"""Listwise reranking: a language model reads passages together and writes down their order (extra ``listwise``)."""
