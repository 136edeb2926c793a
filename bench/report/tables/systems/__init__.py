"""The tables of systems: side by side, and started anew."""
