"""What an operator writes for a connection of type 'customs'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class CustomsConfig(CollectedConfig):
    """The system's address and the hub's token there."""
