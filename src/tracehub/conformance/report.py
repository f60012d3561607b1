"""Report: what was found, signed so that it can be filed and checked by anybody.

`{"report": ..., "signature": {"algorithm", "public_key", "value"}}`; the signature (Ed25519, RFC
8032) is over the report as JSON with sorted keys and no spaces. Must not know how it came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

from tracehub.conformance.scenario import Finding
from tracehub.connect.http import write_json
from tracehub.connect.signing import public_key, sign, verified
from tracehub.errors import ConfigError

ALGORITHM = "Ed25519"


def report_of(facts: dict[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    """The report without its signature.

    Args:
        facts: what was asked, when and by which version; no secrets.
        findings: one for each scenario.
    """
    return {
        **facts,
        "passed": all(each.outcome != "failed" for each in findings),
        "scenarios": [
            {**each.scenario._asdict(), "outcome": each.outcome, "text": each.text}
            for each in findings
        ],
    }


def sign_report(report: dict[str, Any], key: str) -> dict[str, Any]:
    """The report with its signature.

    Raises:
        ConfigError: the key is none.
    """
    signature = {
        "algorithm": ALGORITHM,
        "public_key": public_key(key),
        "value": sign(key, write_json(report)),
    }
    return {"report": report, "signature": signature}


def read_report(path: Path, public: str = "") -> tuple[dict[str, Any], bool]:
    """A report, and whether its signature is that of `public`, or of the key it names itself.

    Raises:
        ConfigError: it is no signed report.
    """
    try:
        signed = orjson.loads(path.read_bytes())
        report, signature = signed["report"], signed["signature"]
        key, value = str(signature["public_key"]), str(signature["value"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ConfigError(f"{path}: it is no signed conformance report") from None
    good = signature.get("algorithm") == ALGORITHM and public in {"", key}
    return report, good and verified(public or key, write_json(report), value)


def junit(report: dict[str, Any]) -> str:
    """The report in the XML that build servers read."""
    scenarios = report["scenarios"]
    failed = sum(each["outcome"] == "failed" for each in scenarios)
    skipped = sum(each["outcome"] == "not-applicable" for each in scenarios)
    suite = quoteattr(f"conformance of {report['connection']}")
    counts = f'tests="{len(scenarios)}" failures="{failed}" skipped="{skipped}"'
    cases = "".join(map(_case, scenarios))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites><testsuite name={suite} {counts}>\n{cases}</testsuite></testsuites>\n"
    )


def _case(scenario: dict[str, Any]) -> str:
    name = f"<testcase classname={quoteattr(scenario['title'])} name={quoteattr(scenario['id'])}>"
    text = escape(scenario["text"])
    inside = {
        "failed": f"<failure message={quoteattr(scenario['text'])}/>",
        "not-applicable": f"<skipped message={quoteattr(scenario['text'])}/>",
    }.get(scenario["outcome"], f"<system-out>{text}</system-out>")
    return f"  {name}{inside}</testcase>\n"
