"""The charts as matplotlib draws them, one module a chart."""
