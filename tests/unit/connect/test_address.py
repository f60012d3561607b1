"""Where no connection goes, however the address is spelled, and wherever a name leads."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from tests.unit.connect.conftest import OK, RawServer
from tracehub.avro.catalogue import bundled
from tracehub.clock import SystemClock
from tracehub.connect import HttpConfig, Line, RetryError, open_http
from tracehub.connect.address import check_host, look, resolve
from tracehub.connect.bridge import BridgeConfig
from tracehub.connect.drop import DropConfig
from tracehub.connect.mqtt import MqttConfig
from tracehub.connect.registry import match_ids
from tracehub.connect.table import TableConfig
from tracehub.connect.webhook import WebhookConfig
from tracehub.errors import ConfigError

METADATA = "169.254.169.254"
ASTRAY = [
    METADATA,
    "169.254.0.23",
    "169.254.169.254.",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",  # noqa: S104 - refused
    "0.1.2.3",
    "224.0.0.1",
    "255.255.255.255",
    "2852039166",
    "0xa9fea9fe",
    "0xA9.0xFE.0xA9.0xFE",
    "0251.0376.0251.0376",
    "169.16689662",
    "127.1",
    "0177.0.0.1",
    "0",
    "[::]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[::1%25lo]",
    "[ff02::1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
]
TRICKS = ["user@{}", "trusted.example@{}", "user:hidden@{}"]
"""What stands before an @ is a user, not a host."""
MEANT = ["127.0.0.1", "10.1.2.3", "192.168.0.1", "100.100.100.201", "::1", "fd00::1", "hub.example"]
SECRET = "a-secret-of-enough"  # noqa: S105 - nobody's
GIVEN: dict[type[BaseModel], tuple[str, dict[str, Any]]] = {
    HttpConfig: ("http://{}", {}),
    WebhookConfig: ("https://{}:8443/hook", {"signing_key": SECRET}),
    MqttConfig: ("mqtts://user@{}", {"password": SECRET}),
    DropConfig: ("sftp://user@{}/drop", {"host_key": "a", "signing_key": SECRET}),
    TableConfig: ("postgresql://user@{}/hub", {"password": SECRET}),
    BridgeConfig: ("kafka://{}:9092", {"topic": "a"}),
}


@pytest.mark.parametrize("host", ASTRAY)
@pytest.mark.parametrize("kind", GIVEN, ids=lambda each: each.__name__)
def test_url_when_it_leads_astray_is_refused_for_every_protocol(
    kind: type[BaseModel], host: str
) -> None:
    url, more = GIVEN[kind]
    with pytest.raises(ValidationError) as caught:
        kind(url=url.format(host), **more)
    assert {each["loc"] for each in caught.value.errors()} == {("url",)}


@pytest.mark.parametrize("kind", GIVEN, ids=lambda each: each.__name__)
def test_url_when_it_leads_to_a_system_is_taken(kind: type[BaseModel]) -> None:
    url, more = GIVEN[kind]
    for host in ("127.0.0.1", "10.1.2.3", "hub.example"):
        kind(url=url.format(host), **more)


@pytest.mark.parametrize("trick", TRICKS)
def test_url_when_a_user_looks_like_a_host_is_judged_by_the_host(trick: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpConfig(url=f"http://{trick.format(METADATA)}")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "servers", [f"{METADATA}:1", f"good:1,{METADATA}:1", f"{METADATA}:1,good:1"]
)
def test_url_when_one_of_several_servers_leads_astray_is_refused(servers: str) -> None:
    with pytest.raises(ValidationError):
        BridgeConfig(url=f"kafka://{servers}", topic="a")


@pytest.mark.parametrize("scheme", ["file", "gopher", "ftp", "data", "dict", "ldap", "unix", ""])
@pytest.mark.parametrize("kind", GIVEN, ids=lambda each: each.__name__)
def test_url_when_its_scheme_is_anothers_is_refused(kind: type[BaseModel], scheme: str) -> None:
    with pytest.raises(ValidationError):
        kind(url=f"{scheme}://host.example/etc/passwd", **GIVEN[kind][1])


@pytest.mark.parametrize("host", MEANT)
def test_host_when_it_is_where_systems_are_is_taken(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize("host", ASTRAY)
async def test_registry_when_it_leads_astray_is_refused_at_the_start(host: str) -> None:
    with pytest.raises(ConfigError, match="registry_url") as caught:
        await match_ids(f"http://user:hidden@{host}:8081", bundled())
    assert "hidden" not in str(caught.value)


def leading(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names lead to one answer after the other, as those of an attacker's own server do."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: object, **_: object) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("answer", [[METADATA], ["127.0.0.1", METADATA], ["::ffff:a9fe:a9fe"]])
async def test_name_when_it_leads_astray_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, answer: list[str]
) -> None:
    leading(monkeypatch, answer)
    for work in (resolve("rebound.example"), look("kafka://good.example:1,rebound.example:2")):
        with pytest.raises(RetryError, match="astray"):
            await work


async def test_name_when_it_leads_elsewhere_a_moment_later_reaches_only_what_was_looked_at(
    raw: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw.parts = (OK + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}",)
    port = raw.url.rpartition(":")[2]
    asked = leading(monkeypatch, ["127.0.0.1"], [METADATA])
    config = HttpConfig(url=f"http://rebound.example:{port}")
    async with open_http(Line("central/test", config, SystemClock())) as http:
        assert (await http.send("GET", "/")).status == 200
        with pytest.raises(RetryError, match="astray"):
            await http.send("GET", "/")
    assert asked == ["rebound.example"] * 2
    assert f"host: rebound.example:{port}".encode() in raw.heads[0].lower()


async def test_name_when_its_first_address_does_not_answer_is_reached_by_the_next(
    raw: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw.parts = (OK + b"Content-Length: 2\r\n\r\n{}",)
    leading(monkeypatch, ["127.0.0.2", "127.0.0.1"])
    config = HttpConfig(url=raw.url.replace("127.0.0.1", "two.example"))
    async with open_http(Line("central/test", config, SystemClock())) as http:
        assert (await http.send("GET", "/")).status == 200


async def test_redirect_when_answered_is_not_followed(raw: RawServer) -> None:
    raw.parts = (
        f"HTTP/1.1 302 Found\r\nLocation: http://{METADATA}/\r\nContent-Length: 0\r\n\r\n".encode(),
    )
    async with open_http(Line("central/test", HttpConfig(url=raw.url), SystemClock())) as http:
        assert (await http.send("GET", "/")).status == 302
    assert len(raw.heads) == 1
