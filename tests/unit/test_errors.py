from __future__ import annotations

import pytest

from tracehub.errors import (
    ConfigError,
    FencedError,
    Reason,
    RejectError,
    RetryError,
    TracehubError,
)


@pytest.mark.parametrize("kind", [ConfigError, RejectError, RetryError, FencedError])
def test_error_when_raised_on_purpose_is_a_tracehub_error(kind: type[TracehubError]) -> None:
    assert issubclass(kind, TracehubError)
    assert kind.__base__ is TracehubError


def test_reject_when_no_reasons_are_given_has_its_own_code_as_the_reason() -> None:
    error = RejectError("json/syntax", "not JSON at byte 7; send one document per record")
    assert error.reasons == (Reason("json/syntax", "$", error.text),)
    assert error.item is None
    assert str(error) == "json/syntax: not JSON at byte 7; send one document per record"


def test_reject_when_reasons_are_given_keeps_all_of_them() -> None:
    reasons = (Reason("epcis/action", "$.action", "no"), Reason("epcis/time", "$.eventTime", "no"))
    error = RejectError("epcis/action", "no", reasons=reasons, item=3)
    assert (error.reasons, error.item) == (reasons, 3)


def test_retry_when_raised_says_how_long_to_wait() -> None:
    assert RetryError("busy", after_s=2.5).after_s == 2.5
    assert RetryError("busy").after_s == 0
