from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracehub.bus import topics
from tracehub.model.connection import CONNECTION_ID
from tracehub.model.event import CATEGORIES

CONNECTIONS = st.from_regex(CONNECTION_ID, fullmatch=True)
OF_CONNECTION = (topics.deliver, topics.dead_letter, topics.receipt)


@given(st.sampled_from(CATEGORIES), CONNECTIONS)
def test_raw_topic_when_read_back_gives_category_and_connection(
    category: str, connection: str
) -> None:
    assert topics.source_of(topics.raw(category, connection)) == (category, connection)


@pytest.mark.parametrize("name", OF_CONNECTION)
@given(CONNECTIONS)
def test_topic_when_read_back_gives_its_connection(
    name: Callable[[str], str], connection: str
) -> None:
    assert topics.connection_of(name(connection)) == connection


@given(st.lists(CONNECTIONS, unique=True, max_size=5))
def test_topics_when_connections_differ_differ(connections: list[str]) -> None:
    made = [name(each) for name in OF_CONNECTION for each in connections]
    made += [topics.raw(category, each) for category in CATEGORIES for each in connections]
    made += [topics.event(category) for category in CATEGORIES]
    assert len(made) == len(set(made))


def test_topics_when_named_are_those_of_the_architecture() -> None:
    assert topics.raw("drug", "provincial/zhejiang") == "raw.drug.provincial.zhejiang"
    assert topics.event("agri-food") == "event.agri-food"
    assert topics.deliver("central/national") == "deliver.central.national"
    assert topics.dead_letter("central/national") == "dead-letter.central.national"
    assert topics.receipt("central/national") == "receipt.central.national"
    assert topics.control("rules") == "control.rules"


@pytest.mark.parametrize(
    "topic", ["event.drug", "deliver.central.national", "raw.drug.a", "raw.a.b.c.d"]
)
def test_source_when_the_topic_is_not_raw_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="is not a raw topic"):
        topics.source_of(topic)
