"""What an operator writes for a connection of type 'central'."""

from __future__ import annotations

from tracehub.connect import HttpConfig, Secret


class CentralConfig(HttpConfig):
    """The national platform's address and the hub's token there."""

    token: Secret
    """Bearer token (RFC 6750) that the platform gave to this hub."""
