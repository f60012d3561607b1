"""What an operator writes for a connection of type 'qms'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class QmsConfig(CollectedConfig):
    """The system's address and the hub's token there."""
