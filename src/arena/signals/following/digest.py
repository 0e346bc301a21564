"""The digest of a record (record.md, section 9), and how two records differ, in words. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from arena.kit.canonical import document_sha
from arena.kit.clock import to_ms
from arena.trading.performance import Mark
from arena.trading.venues import Fill

DIFFERENCES_MAX = 10


def digest(fills: Iterable[Fill], marks: Iterable[Mark]) -> str:
    """`record_sha`: over fills in order of time and number, and marks in order of time."""
    return document_sha(
        {
            "fills": [fill_row(fill) for fill in fills],
            "marks": [mark_row(mark) for mark in marks],
        }
    )


def fill_row(fill: Fill) -> list[Any]:
    return [
        to_ms(fill.at), fill.side, plain(fill.quantity), plain(fill.price), plain(fill.fee),
        fill.fee_asset, fill.liquidity,
    ]  # fmt: skip


def mark_row(mark: Mark) -> list[Any]:
    return [to_ms(mark.at), plain(mark.equity)]


def plain(value: Decimal) -> str:
    """Plain decimal notation without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def differences(
    stored: tuple[Sequence[Fill], Sequence[Mark]], again: tuple[Sequence[Fill], Sequence[Mark]]
) -> list[str]:
    """The first few places where they differ: stored on the left, computed again on the right."""
    found = _compare("fill", [_named(f) for f in stored[0]], [_named(f) for f in again[0]])
    found += _compare("mark", [mark_row(m) for m in stored[1]], [mark_row(m) for m in again[1]])
    if len(found) > DIFFERENCES_MAX:
        return [*found[:DIFFERENCES_MAX], f"… and {len(found) - DIFFERENCES_MAX} more"]
    return found


def _named(fill: Fill) -> list[Any]:
    return [*fill_row(fill), fill.id]


def _compare(what: str, stored: Sequence[list[Any]], again: Sequence[list[Any]]) -> list[str]:
    return [
        f"{what} {place}: stored {left}, computed {right}"
        for place, (left, right) in enumerate(zip_longest(stored, again), 1)
        if left != right
    ]
