"""The hub's topics as an AsyncAPI 3.1 document, made from the settings.

What a third party may publish and read, with the Avro schemas of it. Must not know a running hub.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

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


def asyncapi(
    settings: Settings, catalogue: Catalogue, only: Collection[str] = ()
) -> dict[str, Any]:
    """The document: a channel for every topic that others write or read.

    Args:
        settings: the hub's.
        catalogue: what its events are written by.
        only: the connections that the reader may know of; all when empty.
    """
    shown = [each for each in settings.models() if not only or each.id in only]
    channels = dict(_channels(shown, settings.bus.partitions))
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
        "components": {"messages": _records(shown, catalogue)},
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


def _channels(
    connections: Sequence[Connection], partitions: int
) -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
    """Name, channel, and what the other side does with it."""
    for each in connections:
        for topic, summary, records, action in _topics(each):
            binding = {"topic": topic, "partitions": partitions, "bindingVersion": _KAFKA}
            held = {name: {"$ref": f"#/components/messages/{name}"} for name in records}
            channel = {
                "address": topic,
                "summary": summary,
                "messages": held,
                "bindings": {"kafka": binding},
            }
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
