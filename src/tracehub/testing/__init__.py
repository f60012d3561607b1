"""Public kit for tests: clocks, example events, contracts, simulated systems."""
