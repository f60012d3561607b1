"""What an operator writes for a connection of type 'certification'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class CertificationConfig(CollectedConfig):
    """The system's address and the hub's token there."""
