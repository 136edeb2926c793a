"""Packs of numbered texts, and the teacher's logits of them as arrays."""
