"""Measurements, each a ratio to a baseline of the same run: `python -m tests.benchmarks [NAME …]`."""
