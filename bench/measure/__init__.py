"""Measuring: quality, sweeps, latency, memory and energy."""
