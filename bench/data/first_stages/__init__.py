"""First stages: the passages of each query that are worth reranking."""
