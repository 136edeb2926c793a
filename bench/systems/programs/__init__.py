"""What the worker processes of the systems run, one module a library; ``system_worker`` says what each one holds.

Such a module runs where there is no bench: it imports its library and the standard library, and nothing else.
"""
