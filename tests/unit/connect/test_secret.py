from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, ValidationError

from tracehub.connect.secret import Scrub, Secret, secrets_of

SECRET = "s3cr3t-t0ken"  # noqa: S105 - of this test only


class Inner(BaseModel):
    key: SecretStr


class Outer(BaseModel):
    url: str
    token: Secret
    inner: Inner


@given(st.text(), st.text())
def test_text_when_scrubbed_holds_no_secret(before: str, after: str) -> None:
    assert SECRET not in Scrub([SECRET])(before + SECRET + after)


@given(st.text(), st.integers(0, 60))
def test_text_when_scrubbed_is_bounded_in_bytes(text: str, limit: int) -> None:
    assert len(Scrub([])(text, limit).encode()) <= limit


def test_text_when_one_secret_holds_another_is_masked_whole() -> None:
    assert Scrub(["abc", "abcdef"])("x abcdef y") == "x *** y"


def test_text_when_it_holds_control_signs_is_one_line() -> None:
    assert Scrub([])("a\r\nSet-Cookie:\x00\u202eb") == "a Set-Cookie: b"


def test_text_when_chinese_is_cut_between_signs() -> None:
    assert Scrub([])("不合格", 7) == "不合"


def test_secrets_when_asked_for_are_found_at_every_depth() -> None:
    config = Outer(url="u", token=SecretStr(SECRET), inner=Inner(key=SecretStr("other")))
    assert secrets_of(config) == (SECRET, "other")
    assert secrets_of(None) == ()


@pytest.mark.parametrize(
    "bad", ["", "short", "with space in it", "line\r\nInjected: 1", "秘密秘密秘密"]
)
def test_secret_when_it_cannot_stand_in_a_header_is_refused_without_being_shown(bad: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Outer(url="u", token=SecretStr(bad), inner=Inner(key=SecretStr("other")))
    assert not bad or bad not in str(caught.value)
