"""Connector type 'provincial': a provincial, city or department platform with SM3 signatures."""

from tracehub_provincial.client import CONNECTOR

__all__ = ["CONNECTOR"]
