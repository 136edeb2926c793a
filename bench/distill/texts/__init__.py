"""Queries to label, and the passages of each, out of files of questions."""
