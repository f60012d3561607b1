"""What an operator writes for a connection of type 'third-party'.

`protocol` chooses; every other key is of that protocol.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tracehub.connect.bridge import BridgeConfig
from tracehub.connect.choice import ChosenConfig
from tracehub.connect.drop import DropConfig
from tracehub.connect.epcis import EpcisConfig
from tracehub.connect.table import TableConfig
from tracehub.connect.webhook import WebhookConfig


class Epcis(EpcisConfig):
    """An EPCIS 2.0 repository."""

    protocol: Literal["epcis"]


class Webhook(WebhookConfig):
    """An address that is called."""

    protocol: Literal["webhook"]


class Kafka(BridgeConfig):
    """A topic of another Kafka cluster."""

    protocol: Literal["kafka"]


class Sftp(DropConfig):
    """A folder on an SFTP server."""

    protocol: Literal["sftp"]


class Postgres(TableConfig):
    """A table of a PostgreSQL database."""

    protocol: Literal["postgres"]


class ThirdPartyConfig(ChosenConfig):
    """One of five protocols, EPCIS 2.0 unless said otherwise."""

    default = "epcis"

    far: Annotated[Epcis | Webhook | Kafka | Sftp | Postgres, Field(discriminator="protocol")]
    """What was written, by the protocol's own model."""
