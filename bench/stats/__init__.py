"""How far a number can be trusted, and what a request costs."""
