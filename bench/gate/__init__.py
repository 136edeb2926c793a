"""Is the new version as good and as fast as the one before? Judged so that noise does not decide."""
