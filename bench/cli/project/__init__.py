"""Verbs about this project: its README, its bundled model, its stability, its speed beside FlashRank 0.2.10."""
