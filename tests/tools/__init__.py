"""Tests of `run.py`, of setting up, of the benchmarks."""
