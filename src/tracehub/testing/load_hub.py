"""A hub for a load: its connections and settings, in the shape of the standard workloads.

4 raw topics, 8 receivers, 2.1 outputs an event. Must not know what it is used for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tracehub.app import judgement
from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.model.event import SECTIONS
from tracehub.settings import Settings
from tracehub.testing.load import Format, Load, load

FOUR: Final = ("agri-food", "food", "drug", "local-specialty")
"""Categories of the standard workloads: three national ones and a local one."""
NATIONAL: Final = FOUR[:3]
"""What a hub takes from anyone: a local category needs a list, and only a trusted hub sends it."""
PARTITIONS: Final = 4
_PROVINCES: Final = {"zhejiang": "330000", "guangdong": "440000", "sichuan": "510000"}
_REGIONS: Final = (
    *("330106", "440305", "510107", "110101", "120101"),
    *("130102", "140105", "210102", "220102", "230102"),
)


class Shape(NamedTuple):
    """How many publishers and receivers there are, and of what sort.

    Attributes:
        publisher: id of the publishing connection; many get a number behind it.
        categories: of each publisher.
        publishers: how many.
        receivers: the `connections` that receive.
        regions: where events happen.
        partitions: of every topic.
    """

    publisher: str
    categories: Sequence[str]
    receivers: Mapping[str, Mapping[str, Any]]
    publishers: int = 1
    regions: Sequence[str] = _REGIONS
    partitions: int = PARTITIONS


def eight() -> Mapping[str, Mapping[str, Any]]:
    """The receivers of the standard workloads."""
    provinces = {
        f"provincial/{name}": {"tier": "province", "region": region}
        for name, region in _PROVINCES.items()
    }
    lateral = ("inspection/laboratory", "credit/national", "ecommerce/mall", "third-party/portal")
    return {
        "central/national": {"tier": "central", "region": "000000"},
        **provinces,
        **{each: {} for each in lateral},
    }


def settings_tree(
    shape: Shape,
    bus: Mapping[str, Any],
    *,
    trusted: bool = False,
    disclosure: str = SECTIONS[-1],
    services: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What stands in `hub.yaml`.

    Args:
        shape: of the hub.
        bus: the `bus` section.
        trusted: the publishers are another hub.
        disclosure: the last section that receivers see.
        services: further keys of `services`.
    """
    kind = shape.publisher.partition("/")[0]
    names = [shape.publisher + (f"-{n}" if n else "") for n in range(shape.publishers)]
    publisher = {
        "direction": "in",
        "categories": list(shape.categories),
        "trusted": trusted,
        "format": "mapped" if kind == "inspection" else "epcis",
    }
    receiver = {"direction": "out", "disclosure": disclosure}
    return {
        "bus": dict(bus),
        "services": {"http_port": 0, "log_level": "warning", **(services or {})},
        "connections": {
            **dict.fromkeys(names, publisher),
            **{name: {**receiver, **fields} for name, fields in shape.receivers.items()},
        },
    }


def make_load(shape: Shape, written: Format, *, seed: int = 1) -> Load:
    """A load for a hub of this shape."""
    settings = Settings.model_validate(settings_tree(shape, {"engine": "sqlite"}))
    tables = judgement(settings).normaliser.tables
    return load(written, settings.models(), shape.regions, Codec(bundled()), tables, seed=seed)
