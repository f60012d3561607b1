"""Sessions: who is looking, in a signed cookie, and the token that every change must bring. Pure.

Nothing is kept on the server: a cookie is believed when its HMAC-SHA256 holds and it is young.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import orjson

Role = Literal["viewer", "operator", "auditor"]
COOKIE: Final = "tracehub-session"
LIFE_MS: Final = 8 * 3600 * 1000
_PURPOSE: Final = b"session\0"


class Grant(NamedTuple):
    """What somebody may do. Bound to a `connection` one sees nothing of others; empty for all."""

    role: Role
    connection: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is looking.

    Attributes:
        id: of this session alone; the token is derived from it.
        name: who it is, as it is written down in the audit.
    """

    id: str
    name: str
    grant: Grant
    until: int

    @property
    def operates(self) -> bool:
        """May change something."""
        return self.grant.role == "operator"

    @property
    def audits(self) -> bool:
        """May see who changed what."""
        return self.grant.role in {"operator", "auditor"} and not self.grant.connection

    def sees(self, connection: str) -> bool:
        """May see what concerns that connection."""
        return not self.grant.connection or self.grant.connection == connection


class Sessions:
    """Writes cookies and believes its own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sealed(self, facts: Mapping[str, Any], purpose: bytes) -> str:
        """Facts as a text that only we can have written, for one purpose."""
        body = base64.urlsafe_b64encode(orjson.dumps(facts)).decode()
        return f"{body}.{self._mac(purpose, body)}"

    def opened(self, text: str, purpose: bytes, now_ms: int) -> Mapping[str, Any] | None:
        """The facts again; None when they are not ours, or their `until` has passed."""
        body, _, mac = text.rpartition(".")
        if not body or not hmac.compare_digest(self._mac(purpose, body).encode(), mac.encode()):
            return None
        facts: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(body))
        return facts if facts["until"] > now_ms else None

    def cookie(self, session: Session) -> str:
        """The cookie of a session."""
        grant = list(session.grant)
        facts = {"id": session.id, "name": session.name, "grant": grant, "until": session.until}
        return self.sealed(facts, _PURPOSE)

    def session(self, cookie: str, now_ms: int) -> Session | None:
        """The session of a cookie; None when nobody is to be believed."""
        facts = self.opened(cookie, _PURPOSE, now_ms)
        if facts is None:
            return None
        return Session(facts["id"], facts["name"], Grant(*facts["grant"]), facts["until"])

    def token(self, session: Session) -> str:
        """What a form of this session must bring back."""
        return self._mac(b"token\0", session.id)

    def _mac(self, purpose: bytes, text: str) -> str:
        return hmac.new(self._key, purpose + text.encode(), hashlib.sha256).hexdigest()
