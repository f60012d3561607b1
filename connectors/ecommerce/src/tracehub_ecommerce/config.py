"""What an operator writes for a connection of type 'ecommerce'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class EcommerceConfig(CollectedConfig):
    """The system's address and the hub's token there."""
