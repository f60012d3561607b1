"""Kafka's classes as Java lays them out in one file: with it a node starts for half the work.

    python -m tracehub.testing.kafka_archive

makes it beside the jars, where every later node finds it; without it all works as well. Must not
know what nodes are used for.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tracehub.testing.kafka_cluster import cluster
from tracehub.testing.kafka_jars import UnavailableError, jars
from tracehub.testing.kafka_node import SERVER, archive


def make() -> None:
    """Let one node remember what it loaded; nothing happens when there is an archive.

    Raises:
        UnavailableError: Kafka can't be had here, or Java can't use what it has written.
    """
    libs = jars()
    path = archive(libs)
    if path.is_file():
        return
    part = path.with_name(f"{path.name}.{os.getpid()}")
    with cluster() as running:
        os.environ["JDK_JAVA_OPTIONS"] = f"-XX:ArchiveClassesAtExit={part}"
        running.restart(0)
        del os.environ["JDK_JAVA_OPTIONS"]
        running.stop(0)
    command = ("java", "-Xshare:on", f"-XX:SharedArchiveFile={part}", "-cp", f"{libs}/*", SERVER)
    tried = subprocess.run([*command, "--version"], capture_output=True, check=False, text=True)  # noqa: S603 - fixed words, no shell
    if tried.returncode:
        raise UnavailableError(f"Java can't use its archive: {tried.stdout[-400:].strip()}")
    part.rename(path)


if __name__ == "__main__":
    try:
        make()
    except UnavailableError as error:
        sys.exit(str(error))
