"""A schema registry of the operator's own: under which ids does it hold our schemas?

Asked once, at the start, in the REST shape that Confluent's, Karapace's and Apicurio's registries
share. It is never written to: registering is the operator's decision. Must not know what the ids
are used for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx2

from tracehub.avro.catalogue import Catalogue, Schema, fingerprint
from tracehub.connect.address import check_url
from tracehub.errors import ConfigError, RetryError

_UNKNOWN: Final = 404
_TROUBLE: Final = 500


async def match_ids(url: str, catalogue: Catalogue, timeout_s: float = 10.0) -> Mapping[int, int]:
    """Find each schema of the catalogue in a registry, by fingerprint.

    Args:
        url: the registry; a user and password in it are sent as basic authentication.
        catalogue: the schemas that the registry must hold.
        timeout_s: the longest wait for one answer.

    Returns:
        Committed id -> the registry's id, for `Catalogue.with_ids()`.

    Raises:
        ConfigError: nothing connects to that address; or the registry lacks some schema, or holds
            another text in its place; all of them in one message.
        RetryError: the registry did not answer.
    """
    try:
        check_url(url)
    except ValueError as error:
        raise ConfigError(f"registry_url: {error}") from None
    base = httpx2.URL(url.rstrip("/"))
    found: dict[int, int] = {}
    missing: list[str] = []
    async with httpx2.AsyncClient(timeout=timeout_s) as client:
        for schema in catalogue:
            held = await _versions(client, base, schema.subject)
            if schema.fingerprint in held:
                found[schema.wire_id] = held[schema.fingerprint]
            else:
                missing.append(_missing(schema, known=bool(held)))
    if missing:
        raise ConfigError(f"schema registry {_shown(base)}:\n" + "\n".join(missing))
    return found


async def _versions(client: httpx2.AsyncClient, base: httpx2.URL, subject: str) -> dict[str, int]:
    """Fingerprint -> id of all that a registry holds under one subject."""
    path = f"/subjects/{quote(subject, safe='')}/versions"
    held: dict[str, int] = {}
    for version in await _get(client, base, path) or ():
        entry = await _get(client, base, f"{path}/{version}")
        if entry and (print_ := _fingerprint(entry)):
            held[print_] = int(entry["id"])
    return held


async def _get(client: httpx2.AsyncClient, base: httpx2.URL, path: str) -> Any:
    """The answer's JSON, or None when there is no such thing."""
    try:
        answer = await client.get(f"{base}{path}")
    except httpx2.TransportError as error:
        raise RetryError(
            f"schema registry {_shown(base)} does not answer ({type(error).__name__}); start it, "
            "or leave registry_url out to use the ids that tracehub ships"
        ) from None
    if answer.status_code == _UNKNOWN:
        return None
    if answer.status_code >= _TROUBLE:
        raise RetryError(f"schema registry {_shown(base)} answers {answer.status_code} to {path}")
    if not answer.is_success:
        raise ConfigError(
            f"schema registry {_shown(base)} answers {answer.status_code} to {path}; "
            "check registry_url and the rights of its user"
        )
    return answer.json()


def _fingerprint(entry: Mapping[str, Any]) -> str:
    """Of an Avro schema in one text; empty for anything else, which cannot be ours."""
    if entry.get("schemaType", "AVRO") != "AVRO" or entry.get("references"):
        return ""
    text = json.loads(entry["schema"])
    return fingerprint(text) if isinstance(text, dict) else ""


def _missing(schema: Schema, *, known: bool) -> str:
    fault = "holds only other texts of" if known else "does not know"
    path = f"/subjects/{schema.subject}/versions"
    return (
        f"  it {fault} {schema.subject} version {schema.version} (fingerprint "
        f"{schema.fingerprint[:16]}); register the text that `tracehub` serves at "
        f"{path}/{schema.version} with POST {path}"
    )


def _shown(base: httpx2.URL) -> str:
    """The address without a user or password."""
    return str(base.copy_with(username=None, password=None))
