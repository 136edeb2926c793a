"""A trained student as a model directory: an int8 graph, its check against float32, and its card."""
