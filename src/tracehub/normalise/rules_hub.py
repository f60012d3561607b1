"""Codes that other parts of the hub refuse by: here only to be listed with the rest.

Must not know where they are raised.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise.rules import FAULT, Rule

_AVRO: Final = "Apache Avro 1.12; Confluent wire format"
_OURS: Final = "design choice"

AVRO_EMPTY: Final = Rule(
    "avro/empty",
    FAULT,
    "the record has no value; publish the event's bytes",
    "记录没有内容；请发布事件本身",
    _AVRO,
)
AVRO_MAGIC: Final = Rule(
    "avro/magic",
    FAULT,
    "the value does not begin with a zero byte and a 4-byte schema id; use a serialiser that "
    "writes this frame",
    "内容不是以零字节和 4 字节模式编号开头；请使用会写入该头部的序列化程序",
    _AVRO,
)
AVRO_SCHEMA: Final = Rule(
    "avro/unknown-schema",
    FAULT,
    "the schema id is not an event of this hub's catalogue; publish with a committed id",
    "模式编号不在本系统目录的事件模式中；请使用已登记的编号",
    _AVRO,
)
AVRO_MALFORMED: Final = Rule(
    "avro/malformed",
    FAULT,
    "the bytes are not an event of the schema they name; they were cut short, damaged, or written "
    "with another schema",
    "字节与所声明的模式不符；可能被截断、损坏或用其他模式写成",
    _AVRO,
)
AVRO_TRAILING: Final = Rule(
    "avro/trailing-bytes",
    FAULT,
    "bytes follow the event; publish one event per record",
    "事件之后还有多余字节；每条记录只能有一个事件",
    _AVRO,
)
AVRO_VARINT: Final = Rule(
    "avro/varint",
    FAULT,
    "a number is written in more bytes than it needs or in more than 64 bits; use an Avro "
    "serialiser",
    "数字的编码超过所需字节数或 64 位；请使用 Avro 序列化程序",
    _AVRO,
)
AVRO_ITEMS: Final = Rule(
    "avro/too-many-items",
    FAULT,
    "the lists of the event hold more than 10,000 items in sum; publish several events",
    "事件中各列表的条目合计超过 10,000；请拆分为多个事件",
    "design choice: limits of bad input",
)
FACTS: Final = Rule(
    "facts/unreadable",
    FAULT,
    "the record header 'th' was not written by a hub of this generation; upgrade the reader or "
    "check who may write here",
    "记录头 th 不是本版本枢纽写入；请升级读取方，或检查谁有写入权限",
    _OURS,
)
BUS_TOO_LARGE: Final = Rule(
    "bus/too-large",
    FAULT,
    "the record is larger than the bus takes; publish fewer events per record",
    "记录超过总线允许的大小；请减少每条记录中的事件数",
    _OURS,
)
BUS_KEY: Final = Rule(
    "bus/key-too-large",
    FAULT,
    "the record's key has more than 8 KiB; use an id",
    "记录的键超过 8 KiB；请使用标识",
    "design choice: limits of bad input",
)
BUS_HEADERS: Final = Rule(
    "bus/headers",
    FAULT,
    "the record has more than 32 headers, or more than 8 KiB of them; put facts into the event",
    "记录头超过 32 个或合计超过 8 KiB；请把内容放入事件",
    "design choice: limits of bad input",
)
BUS_UNREADABLE: Final = Rule(
    "bus/unreadable-batch",
    FAULT,
    "a batch of records can't be unpacked, or unpacks to more than 8 MiB; publish smaller batches "
    "by a well-kept client",
    "一批记录无法解压，或解压后超过 8 MiB；请使用维护良好的客户端发布较小的批次",
    "design choice: limits of bad input",
)
TABLE_VALUE: Final = Rule(
    "table/value",
    FAULT,
    "the receiver's table can't hold a value of the event; widen the column",
    "接收方的数据表无法容纳该事件的某个值；请放宽列定义",
    _OURS,
)
