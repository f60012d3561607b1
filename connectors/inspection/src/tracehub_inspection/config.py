"""What an operator writes for a connection of type 'inspection'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class InspectionConfig(CollectedConfig):
    """The laboratory system's address and the hub's token there."""

    category: str = "food"
    """Where a report goes that names no product category, or can't be read: there it is refused
    with a reason and kept, instead of being lost."""
