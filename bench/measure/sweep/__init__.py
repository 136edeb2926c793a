"""The sweep: quality and latency of a reranker at other depths and lengths than its own."""
