"""Bad XML, and the other files that people send: entities, depth, archives, tables.

Must not know EPCIS beyond one event.
"""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from typing import Final

from tracehub.testing.bad_input.case import Case, Kind, legal, refused

_EVENT: Final = (
    b"<ObjectEvent xmlns:t='urn:t'><eventTime>2026-01-31T08:00:00.000+08:00</eventTime>"
    b"<eventTimeZoneOffset>+08:00</eventTimeZoneOffset><epcList>"
    b"<epc>urn:epc:id:sgtin:6901028.007583.%d</epc></epcList><action>OBSERVE</action>"
    b"<bizStep>shipping</bizStep>%s</ObjectEvent>"
)
_ENTITIES: Final = (
    b'<!DOCTYPE x [<!ENTITY a "%s"><!ENTITY b "&a;&a;&a;&a;&a;">]>',
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!--%s-->]>',
    b'<!DOCTYPE x SYSTEM "http://169.254.169.254/%s">',
    b'<!DOCTYPE x [<!ENTITY %% p SYSTEM "http://a/%s"> %%p;]>',
    b"<!DOCTYPE x [<!ELEMENT %s ANY>]>",
    b'<!DOCTYPE x [<!ATTLIST x a CDATA "%s">]>',
)
_BROKEN: Final = (
    b"<t:a></t:b>",
    b"<t:a",
    b"<t:a b='1' b='2'/>",
    b"<u:a/>",
    b"&#0;",
    b"&#xD800;",
    b"&nothing;",
    b"<t:a>\x01</t:a>",
    b"<![CDATA[",
    b"]]>",
    b"<?xml version='1.0'?>",
    b"<!-- -- -->",
)


def _event(chance: random.Random, more: bytes = b"") -> bytes:
    return _EVENT % (chance.randint(1, 10**6), more)


def _declared(chance: random.Random) -> Case:
    head = chance.choice(_ENTITIES) % (b"a" * chance.randint(1, 2_000))
    return refused(head + _event(chance), "xml/dtd")


def _laughs(chance: random.Random) -> Case:
    levels = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    head = b'<!DOCTYPE l [<!ENTITY l0 "lol">' + levels + b"]>"
    return refused(head + _event(chance, b"<t:a>&l9;</t:a>"), "xml/dtd")


def _deep(chance: random.Random) -> Case:
    levels = chance.randint(33, 20_000)
    return refused(_event(chance, b"<t:a>" * levels + b"</t:a>" * levels), "xml/too-deep")


def _broken(chance: random.Random) -> Case:
    return refused(_event(chance, chance.choice(_BROKEN)), "xml/syntax")


def _cut(chance: random.Random) -> Case:
    value = _event(chance)
    return refused(value[: chance.randint(1, len(value) - 1)], "xml/syntax")


def _trailing(chance: random.Random) -> Case:
    return refused(_event(chance) + chance.choice((b"x", b"<a/>", b"&lt;")), "xml/syntax")


def _large(chance: random.Random) -> Case:
    text = b"x" * chance.randint(262_144, 400_000)
    return refused(_event(chance, b"<t:a>" + text + b"</t:a>"), "document/too-large")


def _other_encoding(chance: random.Random) -> Case:
    encoding = chance.choice(("utf-16", "gbk", "gb18030", "big5"))
    text = f"<?xml version='1.0' encoding='{encoding}'?>" + _event(chance, b"<t:a>X</t:a>").decode()
    value = text.replace("X", "浙江省杭州市").encode(encoding, "replace")
    return refused(value, "document/not-utf8")


def _claimed_encoding(chance: random.Random) -> Case:
    name = chance.choice(("utf-16", "gbk", "utf-7", "iso-8859-1", "cp037"))
    value = f"<?xml version='1.0' encoding='{name}'?>".encode() + _event(chance)
    return legal(value, "the bytes are UTF-8 whatever the declaration claims")


def _foreign(chance: random.Random) -> Case:
    root = chance.choice((b"<html><!--%d--></html>", b"<ObjectEvent xmlns='urn:%d'/>", b"<x%d/>"))
    return refused(root % chance.randint(1, 10**6), "document/unrecognised")


def _table(chance: random.Random) -> Case:
    cell = chance.choice(("=cmd|' /C calc'!A0", "@SUM(1)", '"' * 999, "斤,公斤", "a: &a [*a, *a]"))
    return refused(f"id,note\n{chance.randint(1, 999)},{cell}\n".encode(), "document/unrecognised")


def _archive(chance: random.Random) -> Case:
    held = io.BytesIO()
    name = chance.choice(("xl/workbook.xml", "../../etc/passwd", "a.zip"))
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name, (2026, 1, chance.randint(1, 28), 0, 0, 0))
        archive.writestr(entry, bytes(chance.randint(10_000, 100_000)))
    return refused(held.getvalue(), "document/not-utf8")


def _container(chance: random.Random) -> Case:
    """An Avro file: its magic, then a block that unpacks to a thousand times its size."""
    packed = zlib.compress(bytes(chance.randint(1, 2_000_000)))
    value = b"Obj\x01\x04\x14avro.codec\x0edeflate" + b"\0\xff" + chance.randbytes(15) + packed
    return refused(value, "document/not-utf8")


KINDS: Final[tuple[Kind, ...]] = (
    _declared,
    _laughs,
    _deep,
    _broken,
    _cut,
    _trailing,
    _large,
    _other_encoding,
    _claimed_encoding,
    _foreign,
    _table,
    _archive,
    _container,
)
