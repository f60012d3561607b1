"""What an operator writes for a connection of type 'customs'."""

from __future__ import annotations

from tracehub.connect import HttpConfig, Secret


class CustomsConfig(HttpConfig):
    """The system's address, and the hub's name and password there."""

    username: str
    """User name of WS-Security (OASIS UsernameToken Profile 1.1)."""
    password: Secret
    """Its password; only a digest of it is sent."""
    category: str = "food"
    """Where a declaration goes that names no product category of the hub, or can't be read."""
