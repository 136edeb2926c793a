"""Ours beside upstream: the same model file and the same requests, in two environments, turn by turn."""
