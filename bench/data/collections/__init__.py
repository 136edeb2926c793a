"""Test collections: documents, queries and qrels, from ir_datasets or from folders in BEIR layout."""
