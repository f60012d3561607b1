"""What an operator writes for a connection of type 'cold-chain'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class ColdChainConfig(CollectedConfig):
    """The system's address and the hub's token there."""
