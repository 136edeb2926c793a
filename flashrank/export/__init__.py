"""A cross-encoder of transformers as a directory that ``Ranker`` loads: ``flashrank export SOURCE OUT``.

What it needs is the extra ``export``; nothing else in flashrank imports torch or transformers.

- ``export_model`` does the whole of it, in the order below;
- ``source`` finds the original, and refuses what it may not read;
- ``architectures`` says which kinds of model there are; ``original`` and ``t5`` load them with transformers;
- ``onnx_graph`` makes the ONNX file, ``companions`` the files beside it;
- ``check`` compares the result, through ``Ranker``, with the original on the pairs of ``scoring.samples``;
- ``quantise`` makes the weights int8.
"""
