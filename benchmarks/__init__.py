"""Benchmarks: each prints one table, with both sides measured in the same run on the same machine."""
