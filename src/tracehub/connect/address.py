"""Address: which machines no connection reaches, however the address is spelled or resolved.

Refused are those that no system of a platform has and that an attacker wants: link-local ones,
where clouds serve credentials to whoever asks from inside, the clouds' other addresses of that
sort, groups, and nobody's. Loopback and private networks are where systems are; what a pod may
reach of them is its network policy's.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Sequence
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from tracehub.errors import RetryError

_Ip: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_REFUSED: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8",
        "100.100.100.200/32",  # Alibaba Cloud, instance metadata
        "168.63.129.16/32",  # Azure, platform services
        "169.254.0.0/16",  # link-local, RFC 3927: instance metadata of the other clouds
        "192.0.0.192/32",  # Oracle Cloud, instance metadata
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fd00:ec2::254/128",  # AWS, instance metadata
        "fd20:ce::254/128",  # Google Cloud, instance metadata
        "fe80::/10",
        "ff00::/8",
    )
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_NUMERIC: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*", re.IGNORECASE)


def check_url(url: str) -> None:
    """Refuse a URL that names a machine which no connection reaches.

    Raises:
        ValueError: it does; or an address is spelled so that readers disagree about it.
    """
    for host in _hosts(url):
        check_host(host)


async def look(url: str) -> None:
    """Look where the names of a URL lead to now, for clients that connect by name.

    Raises:
        RetryError: as `resolve()`.
    """
    for host in _hosts(url):
        await resolve(host)


def check_host(host: str) -> None:
    """Refuse one host, a name or an address without brackets.

    Raises:
        ValueError: as `check_url()`.
    """
    name = host.rstrip(".")
    address = _address(name)
    if address is None:
        if _NUMERIC.fullmatch(name):
            raise ValueError("write the address as four decimal numbers, or a name")
    elif "%" in name or _is_refused(address):
        raise ValueError("nothing connects to this address: it is link-local, a group or nobody's")


async def resolve(host: str) -> Sequence[str]:
    """The addresses of a host, of which none is refused: whoever connects to one has looked.

    Raises:
        RetryError: it has none now, or one that no connection reaches.
    """
    if _address(host) is not None:
        return [host]  # it was checked with the settings
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise RetryError(f"the system's name is not known: {error.strerror}") from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    try:
        for each in addresses:
            check_host(each)
    except ValueError as error:
        raise RetryError(f"the system's name leads astray: {error}") from None
    return addresses


def _hosts(url: str) -> list[str]:
    """Every host of a URL: some schemes take several, with commas between them."""
    hosts = urlsplit(url).netloc.rpartition("@")[2].split(",")
    return [
        each[1:].partition("]")[0] if each.startswith("[") else each.partition(":")[0]
        for each in hosts
    ]


def _address(host: str) -> _Ip | None:
    """The address that a host is, with or without a zone; None when it is a name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_refused(address: _Ip) -> bool:
    return any(each in network for each in _meant(address) for network in _REFUSED)


def _meant(address: _Ip) -> list[_Ip]:
    """An address, and the IPv4 addresses that it stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _COMPATIBLE:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    # ::1 looks like 0.0.0.1 in the old compatible form, and is this machine.
    own = [] if address.is_loopback else [each for each in inside if each is not None]
    return [address, *own]
