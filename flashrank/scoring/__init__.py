"""Texts to scores."""
