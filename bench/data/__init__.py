"""What is reranked: test collections, judgments, run files and first stages."""
