"""Whoever is bound to one connection finds nothing of another's in any answer of any path.

The paths are those of the application itself: one that is new and not described here fails.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from fastapi.routing import APIRoute

from tests.unit.console.conftest import (
    GUANGDONG,
    NOW,
    ROOT,
    SETTINGS,
    ZHEJIANG,
    House,
    indexed,
    judged_by_the_exchange,
    opened,
)
from tracehub.app import Judgement
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.clock import SystemClock
from tracehub.console import Grant
from tracehub.console.session import Role
from tracehub.errors import RejectError
from tracehub.index import SqliteIndex
from tracehub.model.record import Received, Record
from tracehub.services.audit import Deed, note
from tracehub.services.dead_letter import Writer
from tracehub.services.standing import Standing
from tracehub.services.wishes import publish_wish
from tracehub.settings import Settings


class Tenant(NamedTuple):
    """A publisher with events that nobody else gets, and all by which it could be known."""

    connection: str
    mark: str
    region: str
    party: str

    @property
    def dotted(self) -> str:
        return self.connection.replace("/", ".")

    @property
    def raw(self) -> str:
        return f"raw.food.{self.dotted}"

    def event(self, *, broken: bool) -> bytes:
        """An event that stays in its own province."""
        text = (ROOT / "docs/examples/first-event.json").read_text("utf-8")
        number = "f00e" if broken else "f00a"
        changes = {
            "a0f001": f"{self.mark}{number}",
            "1001": f"{self.mark}1",
            "330106": self.region,
            "440305": self.region,
            "913301000000000009": self.party,
            '"OBSERVE"': '"OBSERVED"' if broken else '"OBSERVE"',
        }
        for old, new in changes.items():
            text = text.replace(old, new)
        return text.encode()

    @property
    def event_ids(self) -> tuple[str, str]:
        head = "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6"
        return f"{head}{self.mark}f00a", f"{head}{self.mark}f00e"

    def canaries(self, letters: list[str]) -> list[str]:
        """Texts that tell of it."""
        return [
            self.connection,
            quote(self.connection, safe=""),
            self.dotted,
            *(f"{self.mark}{each}" for each in ("f00a", "f00e", "1", "-says", "-asked")),
            self.party,
            *letters,
            *(each[:8] for each in letters),
        ]


MINE: Final = Tenant(ZHEJIANG, "aaaa", "330106", "913301000000000009")
THEIRS: Final = Tenant(GUANGDONG, "bbbb", "440305", "91440101231245152Y")
TENANTS: Final = (MINE, THEIRS)
ECHO: Final = re.compile(r'<input [^>]*name="(?:back|q)"[^>]*>')
"""Fields that show what the asker's own address says."""


def metrics() -> str:
    lines = []
    for number, each in enumerate(TENANTS):
        own = f'connection="{each.connection}"'
        lines += [
            f'tracehub_events_total{{category="food",{own},verdict="accept"}} 4{number}4242.0',
            f'tracehub_deliveries_total{{{own},status="delivered"}} 5{number}5353.0',
            f'tracehub_rejects_total{{{own},code="x"}} 6{number}6464.0',
            f'tracehub_lag_records{{topic="{each.raw}"}} 7{number}7575.0',
            f'tracehub_connection_state{{{own},state="open"}} 1.0',
        ]
    return "\n".join(lines) + "\n"


def figures(tenant: Tenant) -> list[str]:
    """Figures that are one tenant's alone."""
    number = TENANTS.index(tenant)
    return [f"4{number}4242", f"5{number}5353", f"6{number}6464", f"7{number}7575"]


async def happened(settings: Settings, judged: Judgement, bus: Bus, index: SqliteIndex) -> None:
    """Each tenant has an event taken and one refused, a delivery refused, a wish and an error."""
    letters = Writer(judged.catalogue, "deliver", judged.version)
    for each in TENANTS:
        raws = [each.event(broken=broken) for broken in (False, True)]
        await bus.publish([Record(each.raw, b"", raw, (), 0) for raw in raws])
        records = await judged_by_the_exchange(settings, judged, bus, each.raw)
        (sent,) = [one for one in records if one.topic.startswith("deliver.central")]
        delivery = Received(sent.topic, sent.key, sent.value, sent.headers, 0, 0, NOW)
        no = RejectError("receiver/refused", f"{each.mark}-says no")
        refused = letters.record(
            delivery, no, connection=each.connection, first_at=NOW, last_at=NOW
        )
        standing = Standing(each.connection, "deliver", f"{each.mark}-host/1")
        standing.failed(f"{each.mark}-says it broke", NOW)
        await bus.publish([refused, standing.record(NOW)])
        await publish_wish(bus, each.connection, "pause", f"{each.mark}-asked", SystemClock())
        await note(bus, Deed(NOW, f"{each.mark}-asked", "login"))
    names = [topics.dead_letter(each.connection) for each in TENANTS]
    await indexed(judged, bus, index, "event.food", *names)


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path, SETTINGS, happened, metrics()) as found:
        yield found


async def letters_of(house: House, tenant: Tenant) -> list[str]:
    await house.desk.lookout.look()
    return sorted(house.desk.lookout.letters[tenant.connection])


def names_of(tenant: Tenant, letters: list[str]) -> Mapping[str, list[str]]:
    """What may stand in each variable part of a path."""
    kind, name = tenant.connection.split("/")
    return {
        "letter_id": letters,
        "kind": [kind],
        "name": [name],
        "verb": ["pause", "resume", "drain"],
    }


def queries_of(tenant: Tenant, letters: list[str]) -> Mapping[str, list[dict[str, str]]]:
    """What may be asked of each page that is looked at."""
    asked = [
        *tenant.event_ids,
        f"(01)06901028075831(21){tenant.mark}1",
        tenant.party,
        f"{tenant.raw}/0/0/0",
        *letters,
    ]
    return {
        "/": [{}],
        "/flow": [{}],
        "/connections": [{}, {"of": tenant.connection, "asked": "pause"}],
        "/story": [{"q": each} for each in asked],
        "/dead-letters": [{}, {"connection": tenant.connection}, {"code": "*", "stage": "deliver"}],
        "/dead-letters/{letter_id}": [{}],
        "/rules": [{}],
        "/audit": [{}],
        "/login": [{}],
        "/login/done": [{}],
    }


def forms_of(tenant: Tenant, letters: list[str]) -> Mapping[str, list[dict[str, Any]]]:
    """What may be sent to each path that takes a form."""
    document = tenant.event(broken=False).decode()
    every = {"all": "1", "connection": tenant.connection}
    chosen: list[dict[str, Any]] = [{"letter": letters}, every]
    return {
        "/logout": [{}],
        "/language": [{"language": "en", "back": "/"}],
        "/connections/{kind}/{name}/{verb}": [{}],
        "/dead-letters/{letter_id}/repair": [{"document": document}],
        "/dead-letters/dry-run": chosen,
        "/dead-letters/put-back": [{**each, "plan": "00000000"} for each in chosen],
        "/rules": [{"publisher": tenant.connection, "category": "food", "document": document}],
    }


def filled(path: str, names: Mapping[str, list[str]]) -> Iterator[str]:
    """A path with everything that may stand in it."""
    wanted = [name for name in names if f"{{{name}}}" in path]
    for values in product(*(names[name] for name in wanted)):
        yield path.format_map(dict(zip(wanted, values, strict=True)))


def routes(house: House) -> list[APIRoute]:
    found = [each for each in house.app.routes if isinstance(each, APIRoute)]
    others = {getattr(each, "path", "") for each in house.app.routes} - {e.path for e in found}
    assert others == {"/static"}, "a path that is no page: describe it here"
    return found


class Answer(NamedTuple):
    """What was asked, what came back, and its status."""

    asked: str
    text: str
    status: int


async def answers(house: House, grant: Grant, asked: Tenant) -> AsyncIterator[Answer]:
    """Every answer that somebody gets who asks for all of a tenant."""
    browser = house.browser(grant)
    letters = await letters_of(house, asked)
    queries, forms = queries_of(asked, letters), forms_of(asked, letters)
    page = (await browser.get("/rules")).text
    for route in routes(house):
        for path in filled(route.path, names_of(asked, letters)):
            if "GET" in (route.methods or ()):
                found = [
                    (f"GET {path} {each}", await browser.get(f"{path}?{urlencode(each)}"))
                    for each in queries[route.path]
                ]
            else:
                found = [
                    (f"POST {path}", await browser.post(path, page, **each))
                    for each in forms[route.path]
                ]
            for what, answer in found:
                yield Answer(what, f"{answer.text} {answer.headers}", answer.status_code)


@pytest.mark.parametrize("role", ["viewer", "operator", "auditor"])
@pytest.mark.parametrize(("bound", "other"), [(MINE, THEIRS), (THEIRS, MINE)])
async def test_answer_when_somebody_bound_asks_for_another_holds_nothing_of_it(
    shared: House, role: Role, bound: Tenant, other: Tenant
) -> None:
    forbidden = [*other.canaries(await letters_of(shared, other)), *figures(other)]
    asked = 0
    async for what, text, _ in answers(shared, Grant(role, bound.connection), other):
        asked += 1
        given = ECHO.sub("", text)
        assert [each for each in forbidden if each in given] == [], what
    assert asked > 20
    wishes = shared.desk.lookout
    await wishes.look()
    assert (await wishes.seen()).wish(other.connection).by == f"{other.mark}-asked"


async def test_canaries_when_somebody_may_see_both_are_there(shared: House) -> None:
    """What the matrix looks for can be found at all."""
    for tenant in TENANTS:
        letters = await letters_of(shared, tenant)
        wanted = {*tenant.canaries(letters), *figures(tenant)}
        found: set[str] = set()
        for grant in (Grant("operator"), Grant("operator", tenant.connection)):
            async for _, text, _ in answers(shared, grant, tenant):
                found |= {each for each in wanted if each in text}
        assert wanted - found == set()


async def test_own_when_somebody_bound_asks_is_shown(shared: House) -> None:
    letters = await letters_of(shared, MINE)
    texts = [text async for _, text, _ in answers(shared, Grant("viewer", ZHEJIANG), MINE)]
    together = "\n".join(texts)
    assert [each for each in (*MINE.event_ids, *letters, "aaaa-says") if each not in together] == []


async def test_forms_when_somebody_who_looks_sends_them_change_nothing(shared: House) -> None:
    for grant in (Grant("viewer"), Grant("auditor"), Grant("viewer", ZHEJIANG)):
        async for what, _, status in answers(shared, grant, MINE):
            if "/connections/" in what or "put-back" in what or "dry-run" in what:
                assert status == 403, what
    assert [each.what for each in await shared.desk.deeds()].count("pause") == len(TENANTS)
