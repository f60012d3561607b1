"""Benchmarks of the hub against the same work done by others; see docs/performance.md."""
