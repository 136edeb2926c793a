"""Training over lists of labelled passages."""
