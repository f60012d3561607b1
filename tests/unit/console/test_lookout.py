"""The lookout keeps the newest, reads nothing twice, and hides nobody's letters by another's."""

from __future__ import annotations

import asyncio

from tests.unit.console.conftest import GUANGDONG, NOW, ZHEJIANG, House
from tests.unit.console.test_pages import OPERATOR, letter
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.console import Lookout
from tracehub.console.lookout import LOOK_S
from tracehub.errors import RejectError
from tracehub.model.record import Received, Record
from tracehub.services.audit import Deed, note
from tracehub.services.dead_letter import Writer
from tracehub.telemetry.log import silent
from tracehub.testing.clock import ManualClock


async def flood(house: House, connection: str, count: int) -> None:
    """So many dead letters of a connection."""
    letters = Writer(house.judged.catalogue, "exchange", house.judged.version)
    refused = RejectError("x/y", "no")
    raw = topics.raw("food", connection)
    await house.bus.publish(
        [
            letters.record(
                Received(raw, b"", b"{}", (), 0, 1000 + number, NOW + number),
                refused,
                connection=connection,
            )
            for number in range(count)
        ]
    )


async def test_letters_when_one_connection_floods_are_bounded_and_others_stay(
    house: House,
) -> None:
    lookout = house.desk.lookout
    await lookout.look()
    kept = dict(lookout.letters[GUANGDONG])
    await flood(house, ZHEJIANG, lookout.most + 10)
    await lookout.look()
    assert len(lookout.letters[ZHEJIANG]) == lookout.most
    newest = max(each.letter.last_at for each in lookout.letters[ZHEJIANG].values())
    assert newest == NOW + lookout.most + 9
    assert lookout.letters[GUANGDONG] == kept
    assert all(each.letter.value is None for each in lookout.letters[ZHEJIANG].values())


async def test_letter_when_it_is_not_among_the_newest_is_opened_all_the_same(
    house: House,
) -> None:
    old = await letter(house, ZHEJIANG)
    await flood(house, ZHEJIANG, house.desk.lookout.most + 10)
    await house.desk.lookout.look()
    assert old not in house.desk.lookout.letters[ZHEJIANG]
    browser = house.browser(OPERATOR)
    page = await browser.get(f"/dead-letters/{old}")
    assert page.status_code == 200
    dry = await browser.post("/dead-letters/dry-run", page.text, letter=old)
    assert "1 would be put back" in dry.text
    assert old in dry.text


async def test_letter_when_retention_has_taken_it_says_so(house: House) -> None:
    await house.desk.lookout.look()
    kept = house.desk.lookout.letters[ZHEJIANG]
    (known,) = kept.values()
    kept[known.letter.id] = known._replace(at=known.at._replace(offset=99))
    answer = await house.browser(OPERATOR).get(f"/dead-letters/{known.letter.id}")
    assert answer.status_code == 410
    assert "retention" in answer.text


class Counting:
    """A bus that counts what is read."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.reads = 0

    def __getattr__(self, name: str) -> object:
        self.reads += name == "read"
        return getattr(self._bus, name)


async def test_look_when_nothing_is_new_reads_nothing(house: House) -> None:
    bus = Counting(house.bus)
    ids = tuple(house.judged.connections)
    clock = ManualClock(NOW)
    texts = house.desk.lookout.texts
    lookout = Lookout(bus, house.judged.catalogue, ids, texts, clock, silent())  # type: ignore[arg-type]  # counts
    await lookout.look()
    before = bus.reads
    assert before > 0
    await lookout.look()
    assert bus.reads == before
    await note(house.bus, Deed(NOW, "li.wei", "login"))
    await lookout.look()
    assert bus.reads == before + 1


async def test_pages_when_somebody_looks_are_fed_by_looks_beside_them(house: House) -> None:
    lookout = house.desk.lookout
    clock = lookout.clock
    assert isinstance(clock, ManualClock)
    following = asyncio.create_task(lookout.follow())
    await lookout.fresh()
    await note(house.bus, Deed(NOW, "li.wei", "login"))
    await clock.advance(LOOK_S)
    async with asyncio.timeout(60):
        while not lookout.deeds:
            await asyncio.sleep(0.01)
    following.cancel()


async def test_pages_when_the_hubs_own_topics_hold_what_is_none_of_ours_show_the_rest(
    house: House,
) -> None:
    own = [topics.control(each) for each in (topics.AUDIT, topics.CONNECTIONS, topics.REPLAY)]
    own += [topics.state_connection(ZHEJIANG), topics.dead_letter(ZHEJIANG)]
    await house.bus.publish([Record(each, b"k", b"v", partition=0) for each in own])
    await note(house.bus, Deed(NOW, "li.wei", "login"))
    await house.desk.lookout.look()
    assert [each.by for each in await house.desk.deeds()] == ["li.wei"]
    assert house.desk.lookout.letters[ZHEJIANG]
    for page in ("/", "/connections", "/dead-letters", "/audit"):
        assert (await house.browser(OPERATOR).get(page)).status_code == 200
