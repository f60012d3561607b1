"""What an operator writes for a connection of type 'border-inspection'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class BorderInspectionConfig(CollectedConfig):
    """The system's address and the hub's token there."""
