"""What an operator writes for a connection of type 'credit'."""

from __future__ import annotations

from tracehub.connect import HttpConfig, Secret


class CreditConfig(HttpConfig):
    """The credit system's address and the hub's token there."""

    token: Secret
    """Bearer token (RFC 6750) that the credit system gave to this hub."""
    category: str = "food"
    """Where a change goes that names no product category: a credit change is about a party, not
    about goods, so most name none."""
