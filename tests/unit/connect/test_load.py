from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from tracehub.connect import ConfigError, ConnectorType, installed, load_type
from tracehub.connect.load import GROUP, _load

TYPES = (
    "border-inspection",
    "central",
    "certification",
    "cold-chain",
    "complaint",
    "credit",
    "customs",
    "ecommerce",
    "enforcement",
    "inspection",
    "provincial",
    "qms",
    "settlement",
    "third-party",
)


@pytest.mark.parametrize("name", TYPES)
def test_type_when_installed_is_loaded_by_name(name: str) -> None:
    kind = load_type(name)
    assert isinstance(kind, ConnectorType)
    assert kind.name == name
    assert kind.abilities
    assert all(kind.system)


def test_types_when_listed_are_the_installed_ones() -> None:
    assert installed() == TYPES


def test_type_when_unknown_names_the_known_and_how_to_install_it() -> None:
    with pytest.raises(ConfigError) as caught:
        load_type("tax")
    for words in ("'tax'", *TYPES, "pip install tracehub-tax"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no_such_module:CONNECTOR", "can't be loaded"),
        ("tracehub_central:NOTHING", "can't be loaded"),
        ("tracehub.connect:GROUP", "can't be loaded"),
        ("tracehub_central.config:CentralConfig", "is not the ConnectorType"),
        ("tracehub_credit:CONNECTOR", "is not the ConnectorType"),
    ],
)
def test_entry_point_when_wrong_is_the_operators_to_mend(value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _load(EntryPoint("central", value, GROUP))
