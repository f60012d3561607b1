"""A region's full name and its code are one and the same."""

from __future__ import annotations

import pytest

from tracehub.codes.region import bundled
from tracehub.normalise.region_names import to_code, to_name


def test_code_in_force_when_named_and_read_is_itself() -> None:
    codes = [code for code in bundled().codes() if not bundled().spans(code)[-1].valid_to]
    assert len(codes) > 3000
    assert [code for code in codes if to_code(to_name(code)) != code] == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("浙江省杭州市西湖区", "330106"),
        ("浙江省 / 杭州市 / 西湖区", "330106"),
        ("江西省南昌市西湖区", "360103"),
        ("北京市东城区", "110101"),
        ("北京市崇文区", "110103"),
        ("广东省", "440000"),
    ],
)
def test_name_when_full_has_one_code(name: str, code: str) -> None:
    assert to_code(name) == code


@pytest.mark.parametrize("name", ["西湖区", "", "浙江省西湖", "Zhejiang"])
def test_name_when_not_full_is_no_region(name: str) -> None:
    with pytest.raises(ValueError, match="full name of one region"):
        to_code(name)


@pytest.mark.parametrize("code", ["990000", "330199", "x", ""])
def test_code_when_unknown_has_no_name(code: str) -> None:
    with pytest.raises(ValueError, match="no such code"):
        to_name(code)
