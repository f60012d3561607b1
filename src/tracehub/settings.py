"""The hub's settings: one frozen tree of what an operator writes in `hub.yaml`.

Environment variables named `TRACEHUB_<KEY>__<KEY>` override the file. Secrets are references and
are read once, by `app.py`. Must not know what the values are used for.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tracehub.avro.engines import EngineName
from tracehub.model.connection import CONNECTION_ID, Connection
from tracehub.model.event import CATEGORIES, SECTIONS

Category = Literal[
    "agri-food",
    "food",
    "drug",
    "agri-input",
    "special-equipment",
    "hazardous",
    "rare-earth",
    "maternal-child",
    "building-material",
    "appliance-auto",
    "local-specialty",
]
Region = Annotated[str, Field(pattern=r"^\d{6}$", description="GB/T 2260 code, quoted.")]


def _connection_id(text: str) -> str:
    if not re.fullmatch(CONNECTION_ID, text):
        raise ValueError("a connection id is '<type>/<name>' of lower-case letters, digits and '-'")
    return text


ConnectionId = Annotated[str, AfterValidator(_connection_id)]


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]


LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class _Tree(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SqliteSettings(_Tree):
    """The embedded log: one file on one machine."""

    engine: Literal["sqlite"] = "sqlite"
    path: Path = Field(Path("tracehub.db"), description="The log's file; made when it is missing.")
    partitions: int = Field(4, ge=1, le=256, description="Partitions of every topic.")


class KafkaSettings(_Tree):
    """Apache Kafka 4.x."""

    engine: Literal["kafka"]
    servers: tuple[str, ...] = Field(min_length=1, description="Bootstrap servers, host:port.")
    partitions: int = Field(12, ge=1, le=256, description="Partitions of every topic.")
    replication: int = Field(3, ge=1, le=9, description="Replicas of a topic the hub creates.")
    min_insync: int = Field(2, ge=1, le=9, description="Replicas that must have a record.")
    security: Literal["PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT"] = "PLAINTEXT"
    username: str = Field("", description="SCRAM-SHA-512 user.")
    password: SecretReference | None = Field(None, description="SCRAM-SHA-512 password.")
    ca_file: Path | None = Field(None, description="Certificates that the brokers are checked by.")


class SecretReference(_Tree):
    """Where a secret is; never the secret itself."""

    env: str = Field("", description="Environment variable that holds it.")
    file: Path | None = Field(None, description="File that holds it; a final line end is dropped.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if bool(self.env) == bool(self.file):
            raise ValueError("give either 'env' or 'file'")
        return self


class LimitSettings(_Tree):
    """How hard one system may be worked, and when it is left alone."""

    rate_per_s: float = Field(200.0, gt=0, description="Requests a second.")
    batch: int = Field(100, ge=1, le=1000, description="Events in one request.")
    deadline_s: float = Field(10.0, gt=0, le=60, description="Longest wait for an answer.")
    breaker_failures: int = Field(5, ge=1, description="Failures in a row that open the breaker.")
    breaker_reset_s: float = Field(5.0, gt=0, description="Wait before the first probe.")
    backoff_s: float = Field(0.2, gt=0, description="First wait before a retry.")
    backoff_max_s: float = Field(30.0, gt=0, description="Longest wait before a retry.")


class ConnectionSettings(_Tree):
    """One configured instance of a connector type."""

    tier: Literal["central", "province", "city", "department", "none"] = "none"
    region: Region | Literal[""] = Field("", description="Where it answers for.")
    categories: tuple[Category, ...] = Field(CATEGORIES, description="What it deals in.")
    direction: Literal["in", "out", "both"] = Field("both", description="As the hub sees it.")
    reports_upward: Literal["hub", "self"] = Field("hub", description="Who reports one tier up.")
    trusted: bool = Field(default=False, description="Another hub; not checked again.")
    disclosure: Literal["public", "regulator", "trade_secret", "personal"] = Field(
        SECTIONS[0], description="The last section of the body that it may see."
    )
    party: str = Field("", description="USCC of the enterprise whose own system it is.")
    format: Literal["epcis", "mapped"] = Field("epcis", description="How its records are written.")
    mapping: str = Field("", description="Shipped field table for format mapped, by name.")
    mapping_file: Path | None = Field(None, description="Field table of one's own, instead.")
    url: str = Field("", description="Where the system listens; empty when it only uses Kafka.")
    collect_every_s: float = Field(0.0, ge=0, description="Ask it for records; 0 = it publishes.")
    secrets: dict[str, SecretReference] = Field({}, description="Secrets by name, by reference.")
    limits: LimitSettings = LimitSettings()
    config: dict[str, Any] = Field({}, description="Settings of the connector type.")

    def model(self, connection_id: str) -> Connection:
        """The part that pure code sees."""
        return Connection(
            connection_id,
            tier=self.tier,
            region=self.region,
            categories=tuple(self.categories),
            publishes=self.direction != "out",
            receives=self.direction != "in",
            reports_upward=self.reports_upward == "self",
            trusted=self.trusted,
            disclosure=self.disclosure,
            party=self.party,
            format=self.format,
        )


class ServiceSettings(_Tree):
    """How the services run."""

    http_host: str = Field("127.0.0.1", description="Where health and metrics are served.")
    http_port: int = Field(9464, ge=0, le=65535, description="0 = any free port.")
    drain_s: float = Field(20.0, gt=0, description="Longest orderly shutdown.")
    batch_records: int = Field(2000, ge=1, le=5000, description="Most records in one batch.")
    flood_rest_s: float = Field(
        30.0, ge=0, description="Rest of a publisher whose records are mostly refused; 0 = never."
    )
    codec: EngineName = Field(
        "auto", description="What codes events; auto = the fastest installed, fastavro = reference."
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    trace_ratio: float = Field(0.0, ge=0, le=1, description="Share of records with spans.")


class PrincipalSettings(_Tree):
    """One publisher at the gateway. It proves itself by any of the ways that are given here."""

    connection: ConnectionId = Field(description="Whose raw topics it writes.")
    categories: tuple[Category, ...] = Field((), description="Some of the connection's; () = all.")
    api_keys: tuple[Sha256, ...] = Field((), description="SHA-256 of each key, in hex.")
    certificate: str = Field("", description="Subject of its client certificate, RFC 4514.")
    oauth_client: str = Field("", description="Its client id at the issuer of tokens.")
    rate_per_s: float = Field(200.0, gt=0, description="Requests a second.")


class OAuthSettings(_Tree):
    """Whose tokens the gateway believes."""

    issuer: str = Field(min_length=1, description="`iss` of every token.")
    audience: str = Field(min_length=1, description="What must stand in `aud`.")
    keys: Path = Field(description="The issuer's JWK set, a file.")


class GatewaySettings(_Tree):
    """The HTTP way in. It runs when there are principals or operators."""

    host: str = Field("127.0.0.1", description="Where it listens.")
    port: int = Field(9465, ge=0, le=65535, description="0 = any free port.")
    certificate: Path | None = Field(None, description="Its certificate chain; TLS with it.")
    key: Path | None = Field(None, description="The private key of its certificate.")
    client_ca: Path | None = Field(None, description="Who may sign client certificates.")
    signing_key: SecretReference | None = Field(
        None, description="Ed25519 private key in PEM that receipts are signed with."
    )
    oauth: OAuthSettings | None = Field(None, description="Tokens of an issuer of yours.")
    principals: dict[str, PrincipalSettings] = Field({}, description="Publishers by name.")
    operators: dict[str, Sha256] = Field({}, description="SHA-256 of operators' keys, by name.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.certificate) != bool(self.key):
            raise ValueError("give both 'certificate' and 'key', or neither")
        if self.client_ca and not self.certificate:
            raise ValueError("'client_ca' needs 'certificate' and 'key'")
        return self


class IndexSettings(_Tree):
    """What happened to every event, findable. The service `index` runs when this is given."""

    path: Path = Field(Path("tracehub-index.db"), description="The index's file; not with url.")
    url: SecretReference | None = Field(None, description="PostgreSQL, as a libpq URL.")
    retention_days: int = Field(90, ge=1, le=3660, description="For how long; by whole days.")


class GrantSettings(_Tree):
    """What the login provider's word is worth here."""

    role: Literal["viewer", "operator", "auditor"]
    connection: ConnectionId | Literal[""] = Field("", description="It sees nothing of others.")


class OidcSettings(_Tree):
    """Login by OpenID Connect: authorization code with PKCE."""

    issuer: str = Field(min_length=1, description="As it calls itself in its discovery document.")
    client_id: str = Field(min_length=1, description="The console's id there.")
    client_secret: SecretReference = Field(description="The console's secret there.")
    address: str = Field(
        pattern=r"^https?://[^/]+$", description="Where browsers reach the console; no final '/'."
    )
    claim: str = Field("groups", description="The claim whose values are granted something.")
    grants: dict[str, GrantSettings] = Field(description="By value of it; the first counts.")


class ConsoleSettings(_Tree):
    """The web pages. The service `console` runs when this is given."""

    host: str = Field("127.0.0.1", description="Where it listens.")
    port: int = Field(9466, ge=0, le=65535, description="0 = any free port.")
    metrics: tuple[str, ...] = Field(
        (), description="/metrics of the hub's processes, all addresses; () = this one alone."
    )
    session_key: SecretReference | None = Field(
        None, description="What sessions are signed with; several consoles share one."
    )
    oidc: OidcSettings | None = Field(
        None, description="Without it everybody is operator, on the loopback alone."
    )

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if self.oidc is None and self.host not in LOOPBACK:
            raise ValueError("without 'oidc' it listens on the loopback alone: use 127.0.0.1")
        return self


class Settings(BaseSettings):
    """Everything in `hub.yaml`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="TRACEHUB_", env_nested_delimiter="__"
    )

    bus: Annotated[SqliteSettings | KafkaSettings, Field(discriminator="engine")] = SqliteSettings()
    rules: Path | None = Field(None, description="Rules file; without it the national rules.")
    places: Path | None = Field(None, description="YAML table: location id to region code.")
    regions: Path | None = Field(None, description="Region codes, CSV; without it the bundled.")
    codes: Path | None = Field(
        None, description="YAML tables of codes: homes, company prefixes, layouts, patterns."
    )
    credit: Path | None = Field(None, description="YAML table: parties on credit lists, and when.")
    catalogue: tuple[Path, ...] = Field(
        (), description="Product lists, YAML: local ones, and a national one in place of ours."
    )
    schemas: Path | None = Field(None, description="Avro schemas; without it the bundled ones.")
    registry_url: str = Field("", description="Schema registry that must know our schemas.")
    services: ServiceSettings = ServiceSettings()
    gateway: GatewaySettings = GatewaySettings()
    index: IndexSettings | None = None
    console: ConsoleSettings | None = None
    connections: dict[ConnectionId, ConnectionSettings] = Field({}, description="By id.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file."""
        return (env_settings, init_settings)

    def models(self) -> tuple[Connection, ...]:
        """All connections as pure code sees them, in the order of their ids."""
        return tuple(self.connections[each].model(each) for each in sorted(self.connections))


KafkaSettings.model_rebuild()
GatewaySettings.model_rebuild()
IndexSettings.model_rebuild()
ConsoleSettings.model_rebuild()
Settings.model_rebuild()
