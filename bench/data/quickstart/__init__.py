"""The collection that every machine has: the documentation of Python's standard library, with judged questions."""
