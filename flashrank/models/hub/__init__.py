"""Models from the hub: FlashRank's archives and repositories with ONNX files, through the hub's own client."""
