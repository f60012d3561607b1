"""Apache Kafka's jars from Maven, fetched once into a cache folder.

Must not know how a broker is run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

VERSION: Final = "4.3.1"
_ARTIFACTS: Final = (
    ("org.apache.kafka", "kafka_2.13", VERSION),
    ("org.apache.kafka", "kafka-tools", VERSION),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4"),
)
Artifact = tuple[str, str, str]
"""Group, artifact and version, as Maven names them."""
_MAVEN_S: Final = 300


class UnavailableError(Exception):
    """Kafka can't be started here; the text says why."""


def jars() -> Path:
    """The folder of jars, below `TRACEHUB_CACHE` or `.cache`; Maven fills it the first time.

    Raises:
        UnavailableError: there is no Java or no Maven, or Maven can't have them.
    """
    return fetched(f"kafka-{VERSION}", _ARTIFACTS)


def fetched(name: str, artifacts: Sequence[Artifact]) -> Path:
    """The folder of some artifacts and all they need, below the same cache, filled by Maven.

    Raises:
        UnavailableError: there is no Java or no Maven, or Maven can't have them.
    """
    if shutil.which("java") is None:
        raise UnavailableError("no java on the PATH (Kafka needs 17 or newer)")
    folder = Path(os.environ.get("TRACEHUB_CACHE", ".cache")).resolve() / name
    if not (folder / "libs").is_dir():
        if shutil.which("mvn") is None:
            raise UnavailableError("no mvn on the PATH to get jars with")
        folder.mkdir(parents=True, exist_ok=True)
        _get(folder, artifacts)
    return folder / "libs"


def _get(folder: Path, artifacts: Sequence[Artifact]) -> None:
    """Complete or not there at all: the folder gets its name when all is in it."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="part-") as place:
        building = Path(place)
        (building / "pom.xml").write_text(_pom(artifacts), "utf-8")
        command = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=libs"]
        try:
            done = subprocess.run(  # noqa: S603 - fixed words, no shell
                command, cwd=building, capture_output=True, text=True, timeout=_MAVEN_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise UnavailableError("mvn did not get Kafka's jars in time") from None
        if done.returncode:
            raise UnavailableError(f"mvn can't get Kafka's jars: {done.stdout[-400:].strip()}")
        with suppress(OSError):  # another process was faster
            (building / "libs").rename(folder / "libs")


def _pom(artifacts: Sequence[Artifact]) -> str:
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version></dependency>"
        for group, artifact, version in artifacts
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>tracehub</groupId><artifactId>kafka</artifactId><version>1</version>"
        f"<dependencies>{dependencies}</dependencies></project>"
    )
