"""What an operator writes for a connection of type 'third-party'."""

from __future__ import annotations

from tracehub.connect import CollectedConfig


class ThirdPartyConfig(CollectedConfig):
    """The system's address and the hub's token there."""
