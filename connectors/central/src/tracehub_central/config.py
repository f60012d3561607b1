"""What an operator writes for a connection of type 'central'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class CentralConfig(CollectedConfig):
    """The national platform's address and the hub's token there."""
