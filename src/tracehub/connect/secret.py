"""Secrets: what must never leave this process in a text, and how texts are freed of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, SecretStr

TEXT_BYTES: Final = 1024
"""The longest text of a receipt, in bytes of UTF-8."""
_MASK: Final = "***"
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


class Scrub:
    """Makes another system's words safe to store: no secrets, no control signs, bounded."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def __call__(self, text: str, limit: int = TEXT_BYTES) -> str:
        """The text without secrets, at most `limit` bytes long."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        seen = _UNSEEN.sub(" ", text).encode("utf-8", "replace")
        return seen[:limit].decode("utf-8", "ignore")


def secrets_of(config: Any) -> tuple[str, ...]:
    """Every secret in a connection's settings, at any depth."""
    if isinstance(config, SecretStr):
        return (config.get_secret_value(),)
    if isinstance(config, BaseModel):
        return tuple(
            secret
            for name in type(config).model_fields
            for secret in secrets_of(getattr(config, name))
        )
    return ()


def _visible(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x21-\x7e]{8,4096}", secret.get_secret_value()):
        raise ValueError("a secret is 8 to 4096 visible ASCII characters without spaces")
    return secret


Secret = Annotated[SecretStr, AfterValidator(_visible)]
"""A secret that may stand in an HTTP header. Short ones are refused: they can't be scrubbed."""
