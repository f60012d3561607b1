"""Connector type 'cold-chain': cold chain warehousing and logistics."""

from tracehub_cold_chain.client import CONNECTOR

__all__ = ["CONNECTOR"]
