"""bench runs reranking experiments: quality and latency of flashrank's models, from a YAML file to a report."""
