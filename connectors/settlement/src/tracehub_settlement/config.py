"""What an operator writes for a connection of type 'settlement'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class SettlementConfig(CollectedConfig):
    """The system's address and the hub's token there."""
