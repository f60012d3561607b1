from __future__ import annotations

import pytest
from pydantic import ValidationError

from tracehub.testing.systems.faults import MODES, Fault, Faults


def test_fault_when_limited_ends_by_itself() -> None:
    faults = Faults()
    faults.set(Fault(mode="refuse", times=2))
    assert [faults.take().mode for _ in range(3)] == ["refuse", "refuse", "none"]


def test_fault_when_unlimited_stays() -> None:
    faults = Faults()
    faults.set(Fault(mode="stall"))
    assert {faults.take().mode for _ in range(9)} == {"stall"}
    faults.set(Fault())
    assert faults.take().mode == "none"


def test_fault_when_of_every_nth_event_hits_the_same_ones_each_time() -> None:
    fault = Fault(mode="refuse", every=4)
    hits = [fault.hits(f"{number:064x}") for number in range(8)]
    assert hits == [True, False, False, False] * 2


def test_modes_when_listed_are_all_valid() -> None:
    assert [Fault(mode=mode).mode for mode in MODES] == list(MODES)
    with pytest.raises(ValidationError):
        Fault.model_validate({"mode": "explode"})
    with pytest.raises(ValidationError):
        Fault.model_validate({"moode": "none"})
