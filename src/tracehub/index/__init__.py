"""The index: what happened to every event, findable by id, code, party, batch and time."""

from tracehub.index.entry import DEAD_LETTER, EVENT, RECEIPT, UNREADABLE, Entry, term
from tracehub.index.postgres import PostgresIndex
from tracehub.index.sqlite import SqliteIndex
from tracehub.index.store import Index

__all__ = [
    "DEAD_LETTER",
    "EVENT",
    "RECEIPT",
    "UNREADABLE",
    "Entry",
    "Index",
    "PostgresIndex",
    "SqliteIndex",
    "term",
]
