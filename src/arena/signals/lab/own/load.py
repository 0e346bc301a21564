"""Loads a creator's own strategy from a file on his own machine; it runs with all his rights there."""

from collections.abc import Collection

from arena.signals.lab.own.port import check_indicators, check_port
from arena.signals.lab.own.source import Source, compiled, make, read_source
from arena.signals.lab.strategy import Strategy, complete


def load_strategy(where: str, *, taken: Collection[str] = ()) -> Strategy:
    """The strategy that `path/to/file.py:ClassName` names, made without arguments and held to the port.

    `taken` are names it may not have. Raises BadStrategy, which says what is missing, or at which line it broke.
    """
    return load_source(read_source(where), taken=taken)


def load_source(source: Source, *, taken: Collection[str] = ()) -> Strategy:
    """The same from a source at hand. Raises BadStrategy."""
    strategy = check_port(make(source, compiled(source)), source.where, taken=taken)
    check_indicators(strategy.indicators(complete(strategy, {})), source.where)
    return strategy


def code_sha(where: str) -> str:
    """SHA-256 of the source that `path/to/file.py:ClassName` names. Raises BadStrategy."""
    return read_source(where).code_sha
