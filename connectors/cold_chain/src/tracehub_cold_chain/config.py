"""What an operator writes for a connection of type 'cold-chain'.

`protocol` chooses; every other key is of that protocol, or says how temperatures are judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tracehub.connect import CollectedConfig
from tracehub.connect.choice import ChosenConfig
from tracehub.connect.mqtt import MqttConfig


class Profile(BaseModel):
    """Between which temperatures goods must stay, and how long they may be outside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lowest_celsius: float = -273.15
    highest_celsius: float = 1000.0
    tolerated_s: float = 0.0
    source: str
    """The standard or contract that says so."""


DEFAULTS: Mapping[str, Profile] = {
    "refrigerated": Profile(lowest_celsius=2, highest_celsius=8, source="design choice"),
    "chilled": Profile(lowest_celsius=0, highest_celsius=4, source="design choice"),
    "frozen": Profile(highest_celsius=-18, source="design choice"),
}


class Judging(BaseModel):
    """How temperatures are judged."""

    profiles: Mapping[str, Profile] = DEFAULTS
    """By name; a consignment names its own, or is judged by `profile`."""
    profile: str = ""
    """For consignments that name none; without it they are not judged."""


class Http(CollectedConfig, Judging):
    """A system that is asked over HTTP."""

    protocol: Literal["http"]


class Mqtt(MqttConfig, Judging):
    """A broker that sensors publish to."""

    protocol: Literal["mqtt"]


class ColdChainConfig(ChosenConfig):
    """HTTP, or MQTT when it is said."""

    default = "http"

    far: Annotated[Http | Mqtt, Field(discriminator="protocol")]
    """What was written, by the protocol's own model."""
