"""What an operator writes for a connection of type 'complaint'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class ComplaintConfig(CollectedConfig):
    """The system's address and the hub's token there."""
