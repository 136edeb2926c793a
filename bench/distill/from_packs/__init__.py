"""The path over packs of numbered texts: label, train, export, evaluate within minutes, on a GPU where there is one.

A machine with a GPU needs torch, numpy, tokenizers and onnx for it, and no other package.
"""
