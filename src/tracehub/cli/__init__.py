"""The command line: `tracehub <command>`."""

from tracehub.cli.main import main

__all__ = ["main"]
