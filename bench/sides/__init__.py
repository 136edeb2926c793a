"""Two versions of flashrank beside each other: a long-lived process for each, asked in turn."""
