"""Logs, metrics, health: what people see of a running hub."""
