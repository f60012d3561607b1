"""The hub's topics as an AsyncAPI 3.1 document, made from the settings.

What a third party may publish and read, with the Avro schemas of it. Must not know a running hub.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from tracehub.app.edges import topic_specs
from tracehub.avro.catalogue import Catalogue, event_subject
from tracehub.bus import topics
from tracehub.model.connection import Connection
from tracehub.settings import KafkaSettings, Settings

_AVRO: Final = "application/vnd.apache.avro+json;version=1.9.0"
_KAFKA: Final = "0.5.0"
_FORMATS: Final = {
    "epcis": ("application/json", "EPCIS 2.0 in JSON or XML, or a canonical event in Avro"),
    "mapped": ("application/json", "The system's own JSON or XML, read by a field table"),
}
_OWN: Final = "own"
_INTERNAL: Final = {
    "title": "The hub's own",
    "description": "Written and read by services of the hub alone; its form may change with a "
    "version. 仅供枢纽内部服务使用。",
    "contentType": "application/octet-stream",
    "payload": {"type": "string"},
    "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": _KAFKA}},
}
_SUMMARIES: Final = {
    True: "What the hub's services remember or follow; compacted",
    False: "What operators asked for; kept",
}


def asyncapi(
    settings: Settings, catalogue: Catalogue, only: Collection[str] = ()
) -> dict[str, Any]:
    """The document: a channel for every topic.

    Args:
        settings: the hub's.
        catalogue: what its events are written by.
        only: the connections that the reader may know of, and nothing of the hub's own; all
            topics when empty.
    """
    shown = [each for each in settings.models() if not only or each.id in only]
    channels = dict(_channels(shown, settings.bus.partitions))
    if not only:
        channels |= _own(settings)
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "tracehub topics",
            "version": version("tracehub"),
            "description": "What may be published to the hub and read from it. 枢纽的主题。",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/vnd.apache.avro",
        "servers": _servers(settings),
        "channels": {name: channel for name, (channel, _) in channels.items()},
        "operations": {
            f"{action}.{name}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "summary": channel["summary"],
            }
            for name, (channel, action) in channels.items()
        },
        "components": {
            "messages": _records(shown, catalogue) | ({} if only else {_OWN: _INTERNAL})
        },
    }


def _records(connections: Sequence[Connection], catalogue: Catalogue) -> dict[str, Any]:
    """What may stand on a channel, by name."""
    categories = sorted({category for each in connections for category in each.categories})
    return {
        **{
            category: _avro(f"event.{category}", catalogue, event_subject(category))
            for category in categories
        },
        "receipt": _avro("receipt", catalogue, "receipt-value"),
        "dead-letter": _avro("dead-letter", catalogue, "dead-letter-value"),
        **{name: _foreign(name) for name in _FORMATS},
    }


def _own(settings: Settings) -> dict[str, tuple[dict[str, Any], str]]:
    """The topics by which the hub's services speak to each other, and remember."""
    return {
        spec.name: (
            _channel(spec.name, _SUMMARIES[spec.compacted], (_OWN,), spec.partitions),
            "receive",
        )
        for spec in topic_specs(settings)
        if spec.name.startswith(("control.", "state."))
    }


def _channel(topic: str, summary: str, records: Sequence[str], partitions: int) -> dict[str, Any]:
    return {
        "address": topic,
        "summary": summary,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in records},
        "bindings": {"kafka": {"topic": topic, "partitions": partitions, "bindingVersion": _KAFKA}},
    }


def _channels(
    connections: Sequence[Connection], partitions: int
) -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
    """Name, channel, and what the other side does with it."""
    for each in connections:
        for topic, summary, records, action in _topics(each):
            channel = _channel(topic, summary, records, partitions)
            yield topic, (channel, action)


def _topics(connection: Connection) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Topic, summary, records and action of each topic that a connection has to do with."""
    own = connection.id
    for category in connection.categories:
        if connection.publishes:
            said = f"{own} publishes records of {category}"
            yield topics.raw(category, own), said, (connection.format, category), "send"
        yield topics.event(category), f"Canonical events of {category}", (category,), "receive"
    if connection.receives:
        said = f"Events for {own}, cut to what it may see"
        yield topics.deliver(own), said, connection.categories, "receive"
        said = f"What became of each delivery to {own}"
        yield topics.receipt(own), said, ("receipt",), "receive"
    said = f"What of {own} was refused"
    yield topics.dead_letter(own), said, ("dead-letter",), "receive"


def _servers(settings: Settings) -> Mapping[str, Any]:
    """The cluster; the embedded log has no address."""
    if not isinstance(settings.bus, KafkaSettings):
        return {}
    protocol = "kafka-secure" if "SSL" in settings.bus.security else "kafka"
    return {
        f"kafka{number}": {"host": each, "protocol": protocol}
        for number, each in enumerate(settings.bus.servers)
    }


def _avro(title: str, catalogue: Catalogue, subject: str) -> dict[str, Any]:
    schema = catalogue.newest(subject)
    return {
        "title": title,
        "contentType": "application/vnd.apache.avro",
        "payload": {"schemaFormat": _AVRO, "schema": schema.text},
        "bindings": {
            "kafka": {
                "key": {"type": "string"},
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "confluent",
                "bindingVersion": _KAFKA,
            }
        },
    }


def _foreign(name: str) -> dict[str, Any]:
    content_type, title = _FORMATS[name]
    return {
        "title": title,
        "contentType": content_type,
        "payload": {"type": ["object", "array", "string"]},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": _KAFKA}},
    }
