"""The `arena` command."""

from arena.cli.main import main

__all__ = ["main"]
