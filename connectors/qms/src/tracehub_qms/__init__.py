"""Connector type 'qms': enterprise quality management and ERP system."""

from tracehub_qms.client import CONNECTOR

__all__ = ["CONNECTOR"]
