"""The teacher's logits of queries and their passages, in ``*.jsonl.gz`` files with their texts."""
