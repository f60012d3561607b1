"""Reference pages that are made from the code: settings, metrics, commands, topics, schemas.

Must not know where they are written.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import typer.main
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tracehub.avro.catalogue import bundled
from tracehub.bus import topics
from tracehub.cli.main import app
from tracehub.codes.schemes import SCHEMES
from tracehub.conformance import SCENARIOS
from tracehub.settings import (
    ConnectionSettings,
    ConsoleSettings,
    GrantSettings,
    IndexSettings,
    KafkaSettings,
    OAuthSettings,
    OidcSettings,
    PrincipalSettings,
    Settings,
    SqliteSettings,
)
from tracehub.telemetry.metrics import Metrics

_MADE: Final = "\n<!-- Made from the code by `make generate`. -->\n"


def pages() -> Mapping[str, str]:
    """Every reference page, by the name of its file."""
    return {
        "settings.md": _page("Settings · 配置项", _SETTINGS, _settings()),
        "metrics.md": _page("Metrics · 指标", _METRICS, _metrics()),
        "commands.md": _page("Commands · 命令", _COMMANDS, _commands()),
        "topics.md": _page("Topics · 主题", _TOPICS, _topics()),
        "conformance.md": _page("Conformance · 对接验证", _CONFORMANCE, _scenarios()),
        "schemas.md": _page("Schemas · 模式", _SCHEMAS, _schemas()),
        "codes.md": _page("Codes · 编码", _CODES, _codes()),
    }


def index(root: Path, folder: str, title: str) -> str:
    """The list of a folder's pages by their titles."""
    found = sorted(each for each in (root / "docs" / folder).glob("*.md") if each.stem != "index")
    titles = [(each.name, _first_line_of(each)) for each in found]
    return f"# {title}\n{_MADE}\n" + "".join(f"- [{text}]({name})\n" for name, text in titles)


def _first_line_of(page: Path) -> str:
    return page.read_text("utf-8").split("\n", 1)[0].removeprefix("# ")


_SETTINGS: Final = """Keys of `hub.yaml`. Each can also be given by the environment:
`bus.partitions` is `TRACEHUB_BUS__PARTITIONS`. `tracehub check` names every fault with its line
and column."""
_METRICS: Final = """Read at `/metrics` in the text format of Prometheus. Labels come from
closed sets: a connection, a category, a rule, a code; never the id of an event or a product. What
they cost is counted on [the page of figures](../performance.md)."""
_COMMANDS: Final = (
    """`tracehub <command> --help` says the same. `--json` prints one object per line."""
)
_TOPICS: Final = """A connection `<type>/<name>` is spelled `<type>.<name>` in a topic.
`tracehub topics` lists those of your settings, with partitions."""
_CONFORMANCE: Final = """`tracehub conformance CONNECTION` asks the test endpoint of another system
one scenario after another, with sample events that it can't know yet: they are real effects
there. A report names every scenario, also those that can't be asked of a system of its sort, with
the reason. With `--report FILE` it is signed (Ed25519; the key by `--key-env` or `--key-file`),
so that it can be filed; `tracehub conformance-verify FILE --public-key KEY` checks it. `--junit
FILE` is for build servers, `--json` for programs; the exit code is 1 when a scenario fails."""
_SCHEMAS: Final = """The Avro schemas of the catalogue that ships with the hub. An id is
assigned once and stands in the first five bytes of a record (a zero byte, then the id); a
fingerprint is the SHA-256 of the canonical form."""

_CODES: Final = """Every scheme of codes that the hub knows, as `tracehub codes list` shows them;
[Codes](../codes.md) says what is done with them. How sure we are: *measured*, run and compared with
another implementation; *standard*, its text was read; *secondary*, known through other texts, to
be verified before quoting; *ours*, a choice of this project. What has no published check is
`unverified`, never guessed."""


def _page(title: str, words: str, lines: Iterator[str]) -> str:
    return f"# {title}\n{_MADE}\n{words}\n\n" + "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"


def _head(*cells: str) -> str:
    return _row(*cells) + "\n" + _row(*("---" for _ in cells))


def _settings() -> Iterator[str]:
    apart = {"bus", "connections", "services", "index", "console"}
    top = {name for name in Settings.model_fields if name not in apart}
    yield from ("## The hub · 枢纽", "", _head("key", "default", "meaning"))
    yield from _keys(Settings, "", top)
    parts: tuple[tuple[str, str, type[BaseModel]], ...] = (
        ("The embedded log · 内置日志", "bus.", SqliteSettings),
        ("Kafka", "bus.", KafkaSettings),
        ("Services · 服务", "services.", type(Settings().services)),
        (
            "A publisher at the gateway · 网关发布者",
            "gateway.principals.<name>.",
            PrincipalSettings,
        ),
        ("Tokens at the gateway · 网关令牌", "gateway.oauth.", OAuthSettings),
        ("The index · 索引", "index.", IndexSettings),
        ("The console · 控制台", "console.", ConsoleSettings),
        ("Login at the console · 控制台登录", "console.oidc.", OidcSettings),
        ("Who may do what there · 控制台权限", "console.oidc.grants.<value>.", GrantSettings),
        ("A connection · 连接", "connections.<id>.", ConnectionSettings),
    )
    for title, prefix, model in parts:
        yield from ("", f"## {title}", "", _head("key", "default", "meaning"))
        yield from _keys(model, prefix, set(model.model_fields))


def _keys(model: type[BaseModel], prefix: str, names: set[str]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name not in names:
            continue
        if isinstance(field.default, BaseModel):
            inside = type(field.default)
            yield from _keys(inside, f"{prefix}{name}.", set(inside.model_fields))
        else:
            yield _row(f"`{prefix}{name}`", _default(field), field.description or _words(field))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default in (None, "", {}, ()):
        return ""
    if isinstance(field.default, tuple):
        return "all" if field.default else ""
    return f"`{field.default}`"


def _words(field: FieldInfo) -> str:
    """What a field without a description may be."""
    chosen = getattr(field.annotation, "__args__", ())
    return "One of " + ", ".join(f"`{each}`" for each in chosen) + "."


def _metrics() -> Iterator[str]:
    yield _head("name", "type", "labels", "meaning")
    metrics = {
        each._name: each._labelnames  # noqa: SLF001 - the client shows labels on samples only
        for each in vars(Metrics()).values()
        if hasattr(each, "_labelnames")
    }
    for family in sorted(Metrics().registry.collect(), key=lambda each: each.name):
        name = family.name + "_total" * (family.type == "counter")
        labels = ", ".join(f"`{each}`" for each in metrics[family.name])
        yield _row(f"`{name}`", family.type, labels, family.documentation)


def _commands() -> Iterator[str]:
    yield from _command("tracehub", typer.main.get_command(app))


def _command(name: str, command: Any) -> Iterator[str]:
    inside = getattr(command, "commands", None)
    if inside:
        for each, sub in inside.items():
            yield from _command(f"{name} {each}", sub)
        return
    words = " ".join((command.help or "").split())
    yield from (f"## `{name}`", "", words, "", _head("parameter", "meaning"))
    for each in command.params:
        shown = ", ".join(each.opts) if each.param_type_name == "option" else each.name.upper()
        yield _row(f"`{shown}`", " ".join((each.help or "").split()))
    yield ""


def _topics() -> Iterator[str]:
    yield _head("topic", "what it carries")
    for name, function in vars(topics).items():
        if not inspect.isfunction(function) or name.startswith("_") or name.endswith("_of"):
            continue
        given = {each: f"<{each}>" for each in inspect.signature(function).parameters}
        yield _row(f"`{function(**given)}`", _first_line(function))
    for name, value in vars(topics).items():
        if name.startswith("STATE_"):
            service = value.removeprefix("state.")
            yield _row(f"`{value}`", f"What {service} must remember across restarts; compacted.")


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n", 1)[0]


def _scenarios() -> Iterator[str]:
    yield _head("scenario", "a conforming system", "符合要求的系统")
    for each in SCENARIOS:
        yield _row(f"`{each.id}`", each.title, each.title_zh)


def _schemas() -> Iterator[str]:
    yield _head("subject", "version", "id", "fingerprint")
    for each in bundled():
        yield _row(
            f"`{each.subject}`", str(each.version), f"{each.wire_id}", f"`{each.fingerprint[:16]}…`"
        )


def _codes() -> Iterator[str]:
    yield _head("scheme", "what", "编码", "standard", "certainty and source", "layout", "check")
    for each in SCHEMES.values():
        basis = each.basis
        yield _row(
            f"`{each.id}`",
            each.en,
            each.zh,
            f"{basis.standard}{', section ' + basis.section if basis.section else ''}",
            f"{basis.certainty}: {basis.source}",
            each.layout,
            each.check,
        )
