"""`tracehub codes` and `tracehub regions`: answers, exit codes and what is refused."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from tracehub.cli.main import app
from tracehub.codes.schemes import SCHEMES

TABLE = "code,name,valid_from,valid_to,source\n330000,浙江省,,,ours\n330109,新区,2026-01,,ours\n"


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["uscc", "91350100M000100Y43"], 0, "uscc valid"),
        (["uscc", "91350100M000100Y44"], 1, "uscc/check"),
        (["drug", "81234567890123456789"], 0, "drug_id: 8123456"),
        (["gb2260", "110103", "--on", "2017-05-01"], 0, "gb2260/abolished"),
        (["gb2260", "110103", "--on", "2017-05-32"], 2, "--on 2017-05-32: no such day"),
        (["usc", "91350100M000100Y43"], 2, "see `tracehub codes list`"),
        (["sgtin", "urn:epc:id:sgtin:6901028.007583.7"], 0, "urn: urn:epc:id:sgtin"),
    ],
)
def test_code_when_checked_ends_as_the_answer_is(
    arguments: list[str], code: int, text: str
) -> None:
    found, output = run("codes", "check", *arguments)
    assert found == code
    assert text in output


def test_code_when_checked_as_json_has_every_field() -> None:
    code, output = run("codes", "check", "gb2260", "330104", "--on", "2022-05-01", "--json")
    line = orjson.loads(output)
    assert code == 0
    assert line["verdict"] == "unverified"
    assert [each["rule"] for each in line["remarks"]] == ["gb2260/abolished", "gb2260/successor"]


def test_home_when_declared_is_shown(tmp_path: Path) -> None:
    (tmp_path / "codes.yaml").write_text(
        'homes: [{scheme: drug, prefix: "8123456", connection: a/b, source: agreed}]', "utf-8"
    )
    (tmp_path / "hub.yaml").write_text(f"codes: {tmp_path / 'codes.yaml'}\n", "utf-8")
    config = ("--config", str(tmp_path / "hub.yaml"))
    _, output = run("codes", "check", "drug", "81234567890123456789", *config)
    assert "home: a/b by prefix 8123456 (agreed)" in output
    _, output = run("codes", "parse", "81234567890123456789", "--json", *config)
    assert orjson.loads(output)["home"] == "a/b"


def test_text_when_of_no_scheme_ends_with_no() -> None:
    assert run("codes", "parse", "whatever")[0] == 1
    code, output = run("codes", "parse", "6901028075831", "--json")
    assert code == 0
    assert next(orjson.loads(line)["scheme"] for line in output.splitlines()) == "gtin"


def test_schemes_when_listed_are_all_there() -> None:
    _, output = run("codes", "list", "--json")
    assert [orjson.loads(line)["scheme"] for line in output.splitlines()] == list(SCHEMES)


def test_regions_when_imported_replace_the_table(tmp_path: Path) -> None:
    config = tmp_path / "hub.yaml"
    config.write_text(f"regions: {tmp_path / 'regions.csv'}\n", "utf-8")
    (tmp_path / "new.csv").write_text(TABLE, "utf-8")
    code, output = run("regions", "import", str(tmp_path / "new.csv"), "--config", str(config))
    assert code == 0, output
    assert "2 codes in 2 stretches" in output
    code, output = run("regions", "show", "330109", "--config", str(config), "--json")
    assert orjson.loads(output)["name"] == "新区"
    _, output = run(
        "codes", "check", "gb2260", "110000", "--on", "2026-05-01", "--config", str(config)
    )
    assert "gb2260/province-unknown" in output


def test_regions_when_the_new_table_is_at_fault_keep_the_old_one(tmp_path: Path) -> None:
    config = tmp_path / "hub.yaml"
    config.write_text(f"regions: {tmp_path / 'regions.csv'}\n", "utf-8")
    (tmp_path / "regions.csv").write_text(TABLE, "utf-8")
    (tmp_path / "new.csv").write_text(TABLE + "33,x,,,y\n", "utf-8")
    code, output = run("regions", "import", str(tmp_path / "new.csv"), "--config", str(config))
    assert code == 2
    assert "new.csv:4: '33' is no region code" in output
    assert (tmp_path / "regions.csv").read_text("utf-8") == TABLE


def test_regions_when_no_file_is_set_are_not_imported(tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").write_text("{}\n", "utf-8")
    (tmp_path / "new.csv").write_text(TABLE, "utf-8")
    code, output = run(
        "regions", "import", str(tmp_path / "new.csv"), "--config", str(tmp_path / "hub.yaml")
    )
    assert code == 2
    assert "regions is not set" in output
    assert run("regions", "show", "999999")[0] == 1
