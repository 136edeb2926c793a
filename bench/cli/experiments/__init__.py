"""Verbs about experiments and their results: run, validate, report, ls, fetch."""
