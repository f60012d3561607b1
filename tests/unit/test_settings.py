"""Settings: the example is valid, every fault has a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracehub.errors import ConfigError
from tracehub.settings import KafkaSettings, SqliteSettings
from tracehub.settings_load import load_settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deploy" / "hub.example.yaml"


def written(folder: Path, text: str) -> Path:
    path = folder / "hub.yaml"
    path.write_text(text, "utf-8")
    return path


def fault_of(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    return str(caught.value)


def test_example_when_loaded_is_valid_and_names_four_connector_types() -> None:
    settings = load_settings(EXAMPLE)
    types = {each.type for each in settings.models()}
    assert {"central", "provincial", "inspection", "credit"} <= types


def test_settings_when_the_file_has_several_faults_names_each_with_line_and_column(
    tmp_path: Path,
) -> None:
    path = written(
        tmp_path,
        "bus:\n  engine: sqlite\n  partitions: none\nconnections:\n"
        "  provincial/zhejiang:\n    tier: province\n    regoin: '330000'\n",
    )
    text = fault_of(path)
    assert f"{path}:3:3 bus.partitions" in text
    assert f"{path}:7:5 connections.provincial/zhejiang.regoin: unknown key" in text
    assert "did you mean 'region'?" in text


@pytest.mark.parametrize("name", ["zhejiang", "Provincial/zhejiang", "a/b/c", "a/b.c", "a/"])
def test_connection_id_when_malformed_is_refused(tmp_path: Path, name: str) -> None:
    assert name in fault_of(written(tmp_path, f"connections:\n  {name}: {{}}\n"))


def test_secret_when_written_as_text_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "connections:\n  a/b:\n    secrets:\n      token: hunter2\n")
    assert "connections.a/b.secrets.token" in fault_of(path)


def test_settings_when_the_file_is_missing_or_no_yaml_say_so(tmp_path: Path) -> None:
    assert "nowhere.yaml" in fault_of(tmp_path / "nowhere.yaml")
    assert ":3:1 not YAML" in fault_of(written(tmp_path, "bus:\n  - a: [\n"))


def test_relative_path_when_loaded_is_taken_from_the_files_folder(tmp_path: Path) -> None:
    settings = load_settings(
        written(tmp_path, "bus: {engine: sqlite, path: hub.db}\ncatalogue: [a.yaml]\n")
    )
    assert isinstance(settings.bus, SqliteSettings)
    assert settings.bus.path == tmp_path / "hub.db"
    assert settings.catalogue == (tmp_path / "a.yaml",)


def test_environment_when_set_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEHUB_SERVICES__HTTP_PORT", "9999")
    settings = load_settings(written(tmp_path, "services: {http_port: 1, drain_s: 3}\n"))
    assert settings.services.http_port == 9999
    assert settings.services.drain_s == 3


def test_kafka_engine_when_chosen_keeps_the_safe_defaults(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "bus: {engine: kafka, servers: ['b:9092']}\n"))
    assert isinstance(settings.bus, KafkaSettings)
    assert (settings.bus.replication, settings.bus.min_insync) == (3, 2)
