"""Connector type 'certification': certification and accreditation body."""

from tracehub_certification.client import CONNECTOR

__all__ = ["CONNECTOR"]
