"""Signatures by Ed25519, against the first test vector of RFC 8032 section 7.1."""

from __future__ import annotations

import base64

import pytest

from tracehub.connect import ConfigError
from tracehub.connect.signing import public_key, sign, verified


def text(hexadecimal: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(hexadecimal)).rstrip(b"=").decode()


KEY = text("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = text("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNATURE = text(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
    "d25bf5f0595bbe24655141438e7a100b"
)


def test_signature_when_of_the_standards_example_is_its_own() -> None:
    assert public_key(KEY) == PUBLIC
    assert sign(KEY, b"") == SIGNATURE
    assert verified(PUBLIC, b"", SIGNATURE)


def test_signature_when_anything_differs_is_not_believed() -> None:
    assert not verified(PUBLIC, b"x", SIGNATURE)
    assert not verified(PUBLIC, b"", "")
    assert not verified(PUBLIC, b"", "é")
    assert not verified(PUBLIC, b"", sign(KEY, b"x"))


@pytest.mark.parametrize("key", ["", "short", "ключ", KEY + KEY])
def test_key_when_it_is_none_says_how_to_make_one(key: str) -> None:
    with pytest.raises(ConfigError, match="urandom"):
        sign(key, b"")
    with pytest.raises(ConfigError):
        verified(key, b"", SIGNATURE)
