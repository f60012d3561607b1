"""The gateway's wiring: settings in, an HTTP server out, until the wish to stop."""

from __future__ import annotations

import json
import ssl
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tracehub.app.asyncapi import asyncapi
from tracehub.app.edges import Edges, read_secret
from tracehub.app.judgement import Judgement
from tracehub.bus.port import Bus
from tracehub.errors import ConfigError
from tracehub.gateway import Door, OAuth, Office, Principal, Rate, Signer, Uploads, Way, Window
from tracehub.gateway import application as gateway_application
from tracehub.gateway.counting import Counted
from tracehub.gateway.operating import Operators, add_operating
from tracehub.gateway.protocol import GatewayProtocol
from tracehub.settings import GatewaySettings, OAuthSettings, Settings
from tracehub.telemetry.health import serving


async def serve_gateway(settings: Settings, judged: Judgement, bus: Bus, edges: Edges) -> None:
    """Serve until `edges.stopping`; then answer what was asked and end.

    Raises:
        ConfigError: a principal, a key or a certificate does not fit.
    """
    gateway = settings.gateway
    ways = [_way(settings, judged, name, edges) for name in sorted(gateway.principals)]
    door = Door(ways, edges.clock, _oauth(gateway.oauth) if gateway.oauth else None)
    key = gateway.signing_key
    signer = Signer(read_secret(key, "gateway.signing_key") if key else "")
    office = Office(bus, judged.normaliser, judged.connections, Window())
    uploads = Uploads(office, edges.clock, edges.log)
    pulse = edges.health.pulse("gateway")
    await office.remember([way.principal for way in ways])
    app = gateway_application(
        office, uploads, door, signer, lambda own: asyncapi(settings, judged.catalogue, [own])
    )
    keys = {key.lower(): name for name, key in gateway.operators.items()}
    add_operating(app, Operators(keys, judged.connections, bus, edges.clock, edges.log))
    edges.metrics.gateway_waiting.set_function(lambda: office.intake.waiting)
    options = _tls(gateway)
    counted = Counted(app, edges.metrics, edges.clock)
    async with serving(counted, gateway.host, gateway.port, **options) as port:
        scheme = "https" if gateway.certificate else "http"
        edges.addresses["gateway"] = f"{scheme}://{gateway.host}:{port}"
        edges.log.info("gateway_started", port=port, principals=len(ways))
        pulse.ready = True
        await edges.stopping.wait()
    await uploads.rest()
    await office.intake.rest()


def _way(settings: Settings, judged: Judgement, name: str, edges: Edges) -> Way:
    given = settings.gateway.principals[name]
    where = f"gateway.principals.{name}"
    connection = judged.connections.get(given.connection)
    if connection is None or not connection.publishes:
        raise ConfigError(
            f"{where}.connection: {given.connection} is no connection that publishes; see "
            "`tracehub connections`"
        )
    strange = sorted(set(given.categories) - set(connection.categories))
    if strange:
        raise ConfigError(f"{where}.categories: {given.connection} does not deal in {strange[0]}")
    if not (given.api_keys or given.certificate or given.oauth_client):
        raise ConfigError(f"{where}: give api_keys, certificate or oauth_client")
    categories = given.categories or connection.categories
    principal = Principal(name, connection.id, categories, Rate(given.rate_per_s, edges.clock))
    return Way(principal, given.api_keys, given.certificate, given.oauth_client)


def _oauth(settings: OAuthSettings) -> OAuth:
    try:
        keys = KeySet.import_key_set(json.loads(settings.keys.read_text("utf-8")))
    except (OSError, ValueError, JoseError) as error:
        raise ConfigError(
            f"gateway.oauth.keys: {settings.keys}: no JWK set can be read from it ({error})"
        ) from None
    return OAuth(settings.issuer, settings.audience, keys)


def _tls(settings: GatewaySettings) -> dict[str, Any]:
    """Options of the server; one in three proves itself by a certificate, so none is demanded."""
    options: dict[str, Any] = {"http": GatewayProtocol, "ws": "none", "server_header": False}
    if settings.certificate and settings.key:
        options |= {"ssl_certfile": settings.certificate, "ssl_keyfile": settings.key}
    if settings.client_ca:
        options |= {"ssl_ca_certs": settings.client_ca, "ssl_cert_reqs": ssl.CERT_OPTIONAL}
    return options
