"""The codec engines that are here, and how a process is told to use one."""

from __future__ import annotations

from collections.abc import Mapping

from tracehub.avro.package import has_compiled


def engines() -> Mapping[str, Mapping[str, str]]:
    """The environment that chooses each engine, by its name."""
    names = ["fastavro", "generated", *(["compiled"] if has_compiled() else [])]
    return {name: {"TRACEHUB_SERVICES__CODEC": name} for name in names}


def fastest() -> Mapping[str, Mapping[str, str]]:
    """The engine that the hub takes when nobody chooses one: the last of all."""
    name, env = list(engines().items())[-1]
    return {name: env}
