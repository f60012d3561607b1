"""System: one simulated other system, from request to answer.

It applies what it is sent to its ledger before it answers, and misbehaves when it is told to. Must
not know sockets.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

from tracehub.clock import Clock, SystemClock
from tracehub.testing.systems.dialect import (
    Answer,
    Asked,
    BatchDialect,
    CallDialect,
    Denied,
    Dialect,
    Result,
)
from tracehub.testing.systems.faults import BEFORE, Fault, Faults
from tracehub.testing.systems.ledger import Applied, Item, Ledger
from tracehub.testing.systems.signed import SignedDialect

EVENTS: Final = "/events"
ELSEWHERE: Final = "/elsewhere"
"""Where a redirect leads; a request there is counted, and must never come."""
DEMO: Final = (
    "central/national",
    "provincial/guangdong",
    "provincial/sichuan",
    "provincial/zhejiang",
    "inspection/laboratory",
    "credit/national",
)
"""The systems of the demonstration."""
_PAGE: Final = 100
PUBLISHES: Final = {
    "border-inspection": "/results",
    "certification": "/certificates",
    "cold-chain": "/readings",
    "complaint": "/complaints",
    "credit": "/changes",
    "customs": "/declarations",
    "ecommerce": "/sales",
    "enforcement": "/decisions",
    "inspection": "/reports",
    "qms": "/records",
    "settlement": "/tickets",
}
"""Where each type hands its documents over."""
_DOCUMENTS: Final = "/documents"
"""And where any other does."""


@dataclass(slots=True)
class System:
    """A system's state.

    Attributes:
        connection: the id under which the hub knows it.
        deduplicate: whether a known effect key is recognised; off, it is applied again.
        requests: how often each path was asked.
    """

    connection: str
    dialect: Dialect
    ledger: Ledger
    deduplicate: bool = True
    clock: Clock = field(default_factory=SystemClock)
    faults: Faults = field(default_factory=Faults)
    requests: Counter[str] = field(default_factory=Counter)

    def receive(self, asked: Asked, fault: Fault) -> Answer:
        """Answer a delivery."""
        try:
            _fail_before(asked, fault)
            self.dialect.admit(asked, self.clock.now_ms())
            results = self._results(self.dialect.read(asked), fault)
            kept = results[:-1] if fault.mode == "short" else results
            answer = Answer(200, self.dialect.write(kept))
        except Denied as denied:
            answer = self._denial(denied, fault)
        return self.dialect.seal(asked, answer, falsely=fault.mode == "bad-signature")

    def page(self, asked: Asked, fault: Fault) -> Answer:
        """Answer with documents after a cursor, and the cursor after them."""
        answer = self._page(asked, fault)
        return self.dialect.seal(asked, answer, falsely=fault.mode == "bad-signature")

    def _page(self, asked: Asked, fault: Fault) -> Answer:
        try:
            _fail_before(asked, fault)
            self.dialect.admit(asked, self.clock.now_ms())
            cursor, limit = self.dialect.question(asked)
        except Denied as denied:
            return self._denial(denied, fault)
        if not (cursor or "0").isdigit() or not (limit or "1").isdigit():
            return self._denial(Denied(400, "unknown cursor"), fault)
        size = min(int(limit or _PAGE), _PAGE)
        rows = self.ledger.page(self.connection, int(cursor or 0), size)
        reached = str(rows[-1][0]) if rows else cursor
        return self.dialect.page([document for _, document in rows], reached)

    def _denial(self, denied: Denied, fault: Fault) -> Answer:
        headers = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s else {}
        if fault.mode == "redirect":
            headers["Location"] = ELSEWHERE
        return Answer(denied.status, self.dialect.deny(denied), headers)

    def _results(self, items: Sequence[Item], fault: Fault) -> list[Result]:
        """Apply what the fault leaves over; one result per item in order."""
        if fault.mode == "lie":
            numbers = self.ledger.lie(self.connection, items)
            return [
                Result(each.effect_key, "accepted", f"{self.connection}#lie-{number}")
                for each, number in zip(items, numbers, strict=True)
            ]
        held = {
            index: _held(each, fault)
            for index, each in enumerate(items)
            if fault.mode in {"refuse", "busy"} and fault.hits(each.effect_key)
        }
        taken = [each for index, each in enumerate(items) if index not in held]
        applied = iter(
            self.ledger.apply(
                self.connection,
                taken,
                deduplicate=self.deduplicate,
                now_ms=self.clock.now_ms(),
            )
        )
        return [
            held[index] if index in held else self._result(each, next(applied))
            for index, each in enumerate(items)
        ]

    def _result(self, item: Item, applied: Applied) -> Result:
        if applied.status == "conflict":
            return Result(item.effect_key, "refused", reason="conflict")
        return Result(item.effect_key, applied.status, f"{self.connection}#{applied.number}")


def simulated(connection: str, ledger: Ledger, *, deduplicate: bool = True) -> System:
    """The simulated system behind a connection, by the first half of its id."""
    kind = connection.partition("/")[0]
    secret = secret_of(connection)
    dialect: Dialect
    if kind == "provincial":
        dialect = SignedDialect(platform_of(connection), secret, _DOCUMENTS)
    elif kind == "customs":
        dialect = _soap(secret)
    elif kind == "third-party":
        dialect = CallDialect(secret)
    else:
        dialect = BatchDialect(secret, PUBLISHES.get(kind, _DOCUMENTS))
    return System(connection, dialect, ledger, deduplicate)


def _soap(secret: str) -> Dialect:
    """The dialect of a customs system, by the WSDL of the connector."""
    # Only who simulates a customs system needs an XML library.
    from tracehub.testing.systems.soap import SoapDialect  # noqa: PLC0415 - see above

    wsdl = files("tracehub_customs").joinpath("service.wsdl").read_bytes()
    return SoapDialect("hub", secret, wsdl)


def secret_of(connection: str) -> str:
    """The secret that a simulated system shares with the hub; no secret at all, of course."""
    return hashlib.sha256(f"simulated {connection}".encode()).hexdigest()


def platform_of(connection: str) -> str:
    """The name under which a simulated provincial platform knows the hub."""
    return f"hub-{connection.partition('/')[2]}"


def _held(item: Item, fault: Fault) -> Result:
    if fault.mode == "refuse":
        return Result(item.effect_key, "refused", reason=fault.reason)
    return Result(item.effect_key, "busy", reason="busy", retry_after_s=fault.retry_after_s)


def _fail_before(asked: Asked, fault: Fault) -> None:
    """Fail without any effect, if that is the fault."""
    if fault.mode == "echo":
        raise Denied(fault.status, f"wrong credentials: {dict(asked.headers)}")
    if fault.mode in BEFORE:
        raise Denied(307 if fault.mode == "redirect" else fault.status, "told to fail")
