from __future__ import annotations

import pytest

from tracehub.model.connection import CONNECTION_ID, Connection


def test_type_when_asked_is_the_first_half_of_the_id() -> None:
    assert Connection("third-party/farm-42").type == "third-party"


def test_connection_when_nothing_is_said_sees_only_what_is_public() -> None:
    connection = Connection("central/national")
    assert connection.disclosure == "public"
    assert not connection.trusted


@pytest.mark.parametrize("text", ["provincial/zhejiang", "third-party/farm-42"])
def test_connection_id_when_well_formed_is_matched(text: str) -> None:
    assert CONNECTION_ID.fullmatch(text)


@pytest.mark.parametrize("text", ["", "zhejiang", "a/b/c", "A/b", "a.b/c", "a/", "/b", "a/b\n"])
def test_connection_id_when_it_could_not_name_a_topic_is_not_matched(text: str) -> None:
    assert not CONNECTION_ID.fullmatch(text)
