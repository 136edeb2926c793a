"""From a model's ONNX file to one that gives the same logits in less time."""
