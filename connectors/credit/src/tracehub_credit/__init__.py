"""Connector type 'credit': a credit management system."""

from tracehub_credit.client import CONNECTOR

__all__ = ["CONNECTOR"]
