"""What the hub asks of Kafka: every option of clients and topics, in one place.

Defaults of the client library lose or repeat records, so nothing else makes clients. Must not know
what is sent.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tracehub.bus.limit import MAX_RECORD
from tracehub.bus.port import TopicSpec
from tracehub.errors import ConfigError

BATCH_BYTES: Final = 900_000
"""A produced batch; a larger record is a batch of its own."""

FETCH_BYTES: Final = 16 * MAX_RECORD
"""One answer of a broker, which is in memory two or three times over while it is read."""

REQUEST_MS: Final = 10_000
"""For one answer of a broker."""

_OVERHEAD: Final = 16 * 1024
_RETENTION_MS: Final = 14 * 24 * 3600 * 1000
_DAY_MS: Final = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The longest waits, in seconds.

    Attributes:
        ask_s: for an answer about topics, groups and offsets, or for a commit.
        append_s: for the acknowledgement of what is published.
        drain_s: of a partition that is taken away, for the batch in hand; the group waits 60 s.
    """

    ask_s: float = 15.0
    append_s: float = 30.0
    drain_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Security:
    """How brokers are reached.

    Attributes:
        protocol: PLAINTEXT, SSL, SASL_SSL or SASL_PLAINTEXT.
        username: for SASL; SCRAM-SHA-512 unless `mechanism` says otherwise. OAUTHBEARER is not
            offered: the client can't renew its session.
        ca_file: certificates that brokers are checked by; None means the system's.
        certificate_file: our own certificate with its key, for mutual TLS.
    """

    protocol: str = "PLAINTEXT"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    mechanism: str = "SCRAM-SHA-512"

    def options(self) -> Mapping[str, Any]:
        """The client's options.

        Raises:
            ConfigError: a file can't be read.
        """
        chosen: dict[str, Any] = {"security_protocol": self.protocol}
        if self.protocol.endswith("SSL"):
            chosen["ssl_context"] = self._tls()
        if self.protocol.startswith("SASL"):
            chosen["sasl_mechanism"] = self.mechanism
            chosen["sasl_plain_username"] = self.username
            chosen["sasl_plain_password"] = self.password
        return chosen

    def _tls(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file is not None:
                context.load_cert_chain(self.certificate_file)
        except OSError as error:
            named = f"{self.ca_file or ''} {self.certificate_file or ''}".strip()
            raise ConfigError(f"certificate files for Kafka: {named}: {error}") from error
        return context


def client_options(servers: Sequence[str], security: Security) -> Mapping[str, Any]:
    """What every client needs."""
    return {
        "bootstrap_servers": list(servers),
        "client_id": "tracehub",
        "request_timeout_ms": REQUEST_MS,
        "retry_backoff_ms": 100,
        **security.options(),
    }


READER: Final[Mapping[str, Any]] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "none",
    "isolation_level": "read_committed",
    "max_partition_fetch_bytes": MAX_RECORD + _OVERHEAD,
    "fetch_max_bytes": FETCH_BYTES,
    "fetch_max_wait_ms": 10,
}
"""Reading outside groups: what is asked for is there, so there is no reason to wait."""

MEMBER: Final[Mapping[str, Any]] = {
    **READER,
    "fetch_max_wait_ms": 100,
    "session_timeout_ms": 6_000,
    "heartbeat_interval_ms": 2_000,
    "rebalance_timeout_ms": 60_000,
    # A batch may wait hours for its receiver; the service's own pulse tells whether it lives.
    "max_poll_interval_ms": _DAY_MS,
}


_COMPACTED: Final[Mapping[str, str]] = {
    "cleanup.policy": "compact",
    # A service reads a state topic whole when it starts: small segments are compacted soon.
    "segment.bytes": str(16 * 1024 * 1024),
    "segment.ms": "600000",
    "min.cleanable.dirty.ratio": "0.1",
}


def topic_options(spec: TopicSpec, min_insync: int) -> Mapping[str, str]:
    """The configuration of a topic that the hub creates."""
    chosen = {
        "min.insync.replicas": str(min_insync),
        "unclean.leader.election.enable": "false",
        "max.message.bytes": str(MAX_RECORD + _OVERHEAD),
        "message.timestamp.type": "LogAppendTime",
        "cleanup.policy": "delete",
        "retention.ms": str(_RETENTION_MS),
        "retention.bytes": "-1",
    }
    return {**chosen, **_COMPACTED} if spec.compacted else chosen
