"""Connector type."""
