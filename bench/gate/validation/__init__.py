"""The gate's own validation: it must pass what did not change, and fail what got slower or worse."""
