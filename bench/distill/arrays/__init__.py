"""Distillation over millions of pairs: texts by number, labels as arrays, the work on a GPU where there is one.

Labels and training on a machine with a GPU need torch, numpy, tokenizers and onnx, and no other package.
"""
