"""Models of any depth and width with random weights, to measure latency where the real ones are absent.

A pass through a transformer computes the same products whatever the numbers in them, so a graph of the same operators
on matrices of the same sizes takes the same time. It says nothing of quality, and every label says what it is.
``python -m bench random-models check`` holds one against a real model.
"""
