"""Verbs about experiments and their results: run, validate, report, merge, ls, fetch."""
