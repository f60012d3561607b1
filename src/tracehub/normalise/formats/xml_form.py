"""Usual XML as names: which element of an event is read how, for readers in C (`XmlForm`).

What they read is what `xml_event.py` makes of it; of anything else they read nothing. Must not know
how.
"""

from __future__ import annotations

from typing import Final

from tracehub.avro.fast import XmlForm
from tracehub.normalise import fields
from tracehub.normalise.formats.carried import CARRIER
from tracehub.normalise.formats.xml_event import COMMENT, EPCIS_NAMESPACES, ORDER, TEXTS, WRAPPERS
from tracehub.normalise.formats.xml_text import number

_NONE: Final[dict[str, bool]] = {}
_QUANTITY: Final = {name: name == "quantity" for name in fields.QUANTITY}
_PLACE: Final = dict.fromkeys(fields.PLACE, False)


def _field(
    name: str, kind: str, item: str = "", inner: dict[str, bool] = _NONE
) -> tuple[str, str, int, str, dict[str, bool]]:
    return name, kind, ORDER.get(name, -1), item, inner


FORM: Final = XmlForm(
    {
        **{name: _field(name, "text") for name in TEXTS},
        **{name: _field(name, "list", "epc") for name in fields.EPC_LISTS},
        **{
            name: _field(name, "records", "quantityElement", _QUANTITY)
            for name in fields.QUANTITY_LISTS
        },
        **{name: _field(name, "typed", item) for name, item in fields.TYPED_LISTS.items()},
        **{name: _field(name, "record", "", _PLACE) for name in fields.PLACES},
        "ilmd": _field("ilmd", "record"),
        **{name: _field(name, "wrapper") for name in WRAPPERS},
    },
    tuple(fields.ALLOWED.keys() - {fields.FACT}),
    EPCIS_NAMESPACES,
    (COMMENT, CARRIER),
    number,
)
