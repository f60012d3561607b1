"""Connector type 'ecommerce': e-commerce platform."""

from tracehub_ecommerce.client import CONNECTOR

__all__ = ["CONNECTOR"]
