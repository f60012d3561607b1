"""What an operator writes for a connection of type 'enforcement'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class EnforcementConfig(CollectedConfig):
    """The system's address and the hub's token there."""
