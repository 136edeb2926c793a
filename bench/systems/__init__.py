"""The systems that are compared side by side, and the same weights in float32 to compare their scores with.

- ``rows`` lists the systems;
- ``environments`` installs what a system requires;
- ``processes`` starts its worker process, which runs ``system_worker`` with one of ``programs``;
- ``float_graph`` gives a model's weights in float32 to onnxruntime, ``float_directory`` to torch.
"""
