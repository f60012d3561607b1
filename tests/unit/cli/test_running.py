"""What `run` asks of the process that it runs in."""

import platform
import subprocess
import sys
from collections.abc import Callable
from typing import NoReturn

CODE = """
import resource
from tracehub.cli import running

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def taken_and_let_go():
    before = faults()
    batches = [bytes(500_000 + number) for number in range(40)]
    del batches
    return faults() - before

for keep in (int, running._keep_memory):
    keep()
    taken_and_let_go()
    print(min(taken_and_let_go() for _ in range(3)))
"""
"""Tells how many pages the system had to give for the same batches, again."""


def test_memory_when_batches_are_let_go_serves_the_next_ones(
    leave_out: Callable[[str], NoReturn],
) -> None:
    if platform.libc_ver()[0] != "glibc":
        leave_out("GNU's C library")
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    given_back, kept = map(int, done.stdout.split())
    assert given_back > 1000
    assert kept < 100
