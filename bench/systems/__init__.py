"""The systems that are compared side by side, and the same weights in float32 to compare their scores with."""
