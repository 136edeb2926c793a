"""Measuring: quality, sweeps, latency, memory and energy, with the worker processes and the paired timing of all."""
