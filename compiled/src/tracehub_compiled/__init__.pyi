from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

INTERFACE: Final[str]

class EventCodec:
    def __init__(
        self,
        frame: int,
        limit: int,
        head: tuple[Any, ...],
        header_fields: tuple[Any, ...],
        sections: tuple[Any, ...],
        types: tuple[type, ...],
    ) -> None: ...
    def header(self, value: bytes) -> Any: ...
    def routing(self, value: bytes) -> Any: ...
    def offsets(self, value: bytes) -> Any: ...
    def decode(self, value: bytes) -> Any: ...
    def encode(self, event: Any, frame: bytes) -> Any: ...

class Looker:
    def __init__(
        self,
        codec: EventCodec,
        sections: tuple[Any, ...],
        largest: int,
        own: bytes,
        checks: tuple[Callable[..., Any], ...],
        kind: type,
    ) -> None: ...
    def look(self, value: bytes) -> Any: ...

class PlainLooker:
    def __init__(
        self,
        marks: Mapping[str, Any],
        own: str,
        checks: tuple[Callable[..., Any] | None, ...],
        types: tuple[type, ...],
    ) -> None: ...
    def look(self, event: dict[str, Any], source: bytes, known: dict[bytes, Any]) -> Any: ...

class Writer:
    def __init__(self, codec: EventCodec, frame: bytes, sections: tuple[Any, ...]) -> None: ...
    def write(self, event: dict[str, Any], header: Any) -> Any: ...

class Records:
    def __init__(
        self,
        data: bytes,
        start: int,
        end: int,
        place: tuple[str, int],
        kind: type,
        fair: tuple[int, int],
        fault: Callable[[bytes, bytes, tuple[tuple[str, bytes], ...]], Any],
        unpacked: bytes | None = None,
    ) -> None: ...
    def read(self, into: list[Any], most: int, first: int) -> bool: ...

def checksum(data: bytes, *, by_tables: bool = False) -> int: ...
def is_faithful(value: bytes, document: Any, deepest: int, longest: int) -> bool: ...
def is_whole(data: bytes, start: int, end: int) -> bool: ...
def pack(
    rows: list[Any],
    begin: int,
    now_ms: int,
    room: int,
    fair: tuple[int, int],
    check: Callable[[Any], None],
) -> tuple[bytearray, int]: ...
def resolved(
    event: Any, names: dict[str, str | None], tables: tuple[Any, ...]
) -> dict[str, Any] | None: ...
def seal(batch: bytearray, producer: int, epoch: int, sequence: int) -> None: ...

class Rows:
    def __init__(
        self,
        rows: tuple[Any, ...],
        kept: str,
        named: frozenset[str],
        found: type,
        changes: tuple[Any, ...],
    ) -> None: ...
    def read(
        self, records: list[Any], document: Any, category: str, listed: str, where: str | None
    ) -> list[Any]: ...

class XmlEvents:
    def __init__(
        self,
        fields: Mapping[str, tuple[str, str, int, str, Mapping[str, bool]]],
        types: Iterable[str],
        own: Iterable[str],
        refused: Iterable[str],
        number: Callable[[str], Any],
    ) -> None: ...
    def read(self, value: bytes) -> list[dict[str, Any]] | None: ...

def body_check(value: bytes, *, by_tables: bool = False) -> int: ...

class Forwarding:
    def __init__(
        self,
        codecs: dict[bytes, EventCodec] | dict[bytes, Looker],
        start: bytes,
        partition: int,
        back: bytes,
        header: str,
        publisher: bytes,
        digest: Callable[[bytes], Any],
        *,
        by_parties: bool,
    ) -> None: ...
    def forward(
        self,
        batch: list[Any],
        at: int,
        plans: dict[Any, Any],
        lines: dict[Any, tuple[Any, ...]],
        opened: Callable[[Any], tuple[Any, ...]],
        used: list[Any],
    ) -> int: ...
    def judged(
        self,
        starts: dict[str, bytes],
        plans: dict[Any, Any],
        lines: dict[Any, tuple[Any, ...]],
        opened: Callable[[Any], tuple[Any, ...]],
        used: list[Any],
        verdicts: list[str],
        received: Any,
        found: Any,
        at: int,
    ) -> int: ...
