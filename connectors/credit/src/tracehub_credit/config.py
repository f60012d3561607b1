"""What an operator writes for a connection of type 'credit'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class CreditConfig(CollectedConfig):
    """The credit system's address and the hub's token there."""

    category: str = "food"
    """Where a change goes that names no product category: a credit change is about a party, not
    about goods, so most name none."""
