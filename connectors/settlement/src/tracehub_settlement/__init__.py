"""Connector type 'settlement': electronic settlement of wholesale and retail markets."""

from tracehub_settlement.client import CONNECTOR

__all__ = ["CONNECTOR"]
