"""Chinese text gone wrong: encodings, full-width signs, credit codes, regions, dates.

Must not know how codes are checked.
"""

from __future__ import annotations

import random
import unicodedata
from typing import Final

from tracehub.testing.bad_input.case import Case, Kind, good, legal, refused

_CODE: Final = "913301000000000009"
_NAME: Final = "浙江省杭州市西湖区龙井茶业有限公司"
_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_TIMES: Final = (
    "2017年2月16日",
    "２０１７-０２-１６T08:00:00+08:00",
    "2017-02-16 上午8时",
    "民国106年2月16日",
    "2017/02/16 08:00",
    "二〇一七年二月十六日",
)
_INVISIBLE: Final = ("\u200b", "\u200e", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u3164")


def _noted(chance: random.Random, text: str) -> bytes:
    return good(chance, **{"example:note": text})


def _owned(chance: random.Random, code: str) -> bytes:
    owner = {"type": "owning_party", "source": f"urn:tracehub:uscc:{code}"}
    return good(chance, sourceList=[owner])


def _placed(chance: random.Random, region: str) -> bytes:
    return good(chance, readPoint={"id": "urn:a:b", "tracehub:region": region})


def _other_encoding(chance: random.Random) -> Case:
    text = _NAME[: chance.randint(2, len(_NAME))] + chance.choice(("", "𠮷", "㐂"))
    value = _noted(chance, "X").replace(b"X", text.encode("gb18030"))
    return refused(value, "document/not-utf8")


def _mixed_encodings(chance: random.Random) -> Case:
    both = _NAME.encode() + _NAME[chance.randint(0, 9) :].encode("gbk")
    return refused(_noted(chance, "X").replace(b"X", both), "document/not-utf8")


def _cut_letter(chance: random.Random) -> Case:
    cut = _NAME.encode()[: 3 * chance.randint(1, 9) - 1]
    return refused(_noted(chance, "X").replace(b"X", cut), "document/not-utf8")


def _false_check(chance: random.Random) -> Case:
    last = chance.choice("0123456789ABCDEFGHJKLMNPQRTUWXY".replace(_CODE[-1], ""))
    return refused(_owned(chance, _CODE[:-1] + last), "uscc/check-char")


def _false_letter(chance: random.Random) -> Case:
    at = chance.randint(8, 16)
    code = _CODE[:at] + chance.choice("IOSVZ") + _CODE[at + 1 :]
    return refused(_owned(chance, code), "uscc/alphabet")


def _false_length(chance: random.Random) -> Case:
    code = chance.choice((_CODE[:-1], _CODE + "0", _CODE[:9], _CODE * 2))
    return refused(_owned(chance, code), "uscc/form")


def _full_width_code(chance: random.Random) -> Case:
    wide = "".join(each.translate(_FULL_WIDTH) if chance.random() < 0.5 else each for each in _CODE)
    return legal(_owned(chance, wide), "a full-width credit code is read, with a reason")


def _false_region(chance: random.Random) -> Case:
    region = chance.choice(("33", "3301060", "浙江", "33０106", "33 106", "-30106"))
    return refused(_placed(chance, region), "tracehub/region-format")


def _false_province(chance: random.Random) -> Case:
    region = f"{chance.choice((10, 18, 29, 38, 49, 56, 99))}{chance.randint(0, 9999):04}"
    return refused(_placed(chance, region), "gb2260/province-unknown")


def _false_time(chance: random.Random) -> Case:
    return refused(good(chance, eventTime=chance.choice(_TIMES)), "epcis/event-time-format")


def _false_unit(chance: random.Random) -> Case:
    unit = chance.choice(("斤", "公斤", "千克", "ＫＧＭ", "kilogram"))
    amount = {"epcClass": "urn:epc:class:lgtin:6901028.007583.1", "quantity": 1, "uom": unit}
    return refused(good(chance, quantityList=[amount]), "epcis/uom-format")


def _full_width_amount(chance: random.Random) -> Case:
    written = str(chance.randint(1, 10**6)).translate(_FULL_WIDTH)
    amount = {"epcClass": "urn:epc:class:lgtin:6901028.007583.1", "quantity": written}
    return refused(good(chance, quantityList=[amount]), "epcis/quantity-not-number")


def _invisible(chance: random.Random) -> Case:
    at = chance.randrange(len(_NAME))
    text = _NAME[:at] + chance.choice(_INVISIBLE) + _NAME[at:]
    return legal(_noted(chance, text), "a publisher's own text is kept as published")


def _twins(chance: random.Random) -> Case:
    text = chance.choice(("ｶﾞ", "Å", "ﬁ", "㎏", "é")) + _NAME
    form = chance.choice(("NFC", "NFD", "NFKC", "NFKD"))
    return legal(_noted(chance, unicodedata.normalize(form, text)), "text is kept as published")  # type: ignore[arg-type]  # one of the four


KINDS: Final[tuple[Kind, ...]] = (
    _other_encoding,
    _mixed_encodings,
    _cut_letter,
    _false_check,
    _false_letter,
    _false_length,
    _full_width_code,
    _false_region,
    _false_province,
    _false_time,
    _false_unit,
    _full_width_amount,
    _invisible,
    _twins,
)
