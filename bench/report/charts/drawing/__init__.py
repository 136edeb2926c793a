"""How charts are drawn: paper, axes, labels, colours."""
