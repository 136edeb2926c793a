"""Verbs that judge results: compare, gate, baseline, gate-validation."""
