"""The log: one port, two engines."""
