"""A view is a valid event without the withheld sections, and holds no byte of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import events
from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.disclose.cut import cut
from tracehub.model.event import CATEGORIES, SECTIONS, Event
from tracehub.testing.deliveries import sample_event

CODEC = Codec(bundled())


@pytest.mark.parametrize("last", SECTIONS)
@given(event=st.sampled_from(CATEGORIES).flatmap(events))
def test_cut_when_any_event_is_cut_decodes_without_the_withheld_sections(
    last: str, event: Event
) -> None:
    encoded = CODEC.encode(event)
    view = cut(encoded.value, encoded.offsets, last)
    decoded = CODEC.decode(view.value)
    shown = SECTIONS.index(last) + 1
    assert decoded.event.sections[:shown] == CODEC.decode(encoded.value).event.sections[:shown]
    assert decoded.event.sections[shown:] == (None,) * (len(SECTIONS) - shown)
    assert decoded.event.header == event.header
    assert decoded.offsets == view.offsets
    present = [name for name in SECTIONS[shown:] if getattr(event, name) is not None]
    assert list(view.withheld) == present


@pytest.mark.parametrize("category", CATEGORIES)
def test_cut_when_a_secret_is_withheld_leaves_no_byte_of_it(category: str) -> None:
    event = sample_event()
    secret: dict[str, Any] = {
        "body": {"salt": "", "extensions": [], "price": "CANARY-41.7", "contract_id": None}
    }
    event = event._replace(
        header=event.header._replace(category=category), trade_secret=secret, personal=None
    )
    encoded = CODEC.encode(event)
    assert b"CANARY-41.7" in encoded.value
    assert b"CANARY" not in cut(encoded.value, encoded.offsets, "regulator").value


def test_cut_when_nothing_is_withheld_returns_the_same_bytes() -> None:
    encoded = CODEC.encode(sample_event())
    assert cut(encoded.value, encoded.offsets, "personal").value is encoded.value
