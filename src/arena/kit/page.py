"""Cursor pages: `{data, has_more, next}`, never a total count. A cursor is opaque to the caller."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from arena.kit.clock import from_iso
from arena.kit.errors import Refused

T = TypeVar("T")
LIMIT_MAX = 500


class BadCursor(Refused):
    """This cursor is not one of ours; leave `after` out to start from the first page."""

    status = 400


class Page(BaseModel, Generic[T]):
    """One page of a list. Pass `next` as `after` to get the following one; null on the last."""

    data: list[T]
    has_more: bool
    next: str | None = None


def encode_cursor(*parts: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, kinds: Sequence[type]) -> list[Any]:
    """The parts put in by `encode_cursor`: printable texts and 64-bit integers, fit for the database.

    Raises BadCursor for anything else.
    """
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as broken:
        raise BadCursor from broken
    if (
        not isinstance(parts, list)
        or len(parts) != len(kinds)
        or any(type(part) is not kind for part, kind in zip(parts, kinds, strict=True))
        or any(isinstance(part, str) and not part.isprintable() for part in parts)
        or any(isinstance(part, int) and not -(2**63) <= part < 2**63 for part in parts)
    ):
        raise BadCursor
    return parts


def start_after(after: str | None) -> int:
    """How many rows a cursor of one number lies behind; 0 without one. Raises BadCursor."""
    if after is None:
        return 0
    (start,) = decode_cursor(after, (int,))
    if not 0 <= start < 2**31:
        raise BadCursor
    return int(start)


def place_after(after: str | None) -> tuple[datetime, str] | None:
    """The time and id of the last row seen, from a cursor of both as text. Raises BadCursor."""
    if after is None:
        return None
    at, last_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), last_id
    except (ValueError, OverflowError):
        raise BadCursor from None


def page_of(rows: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> Page[T]:
    """Makes a page of `limit` from rows fetched with `limit + 1`."""
    more = len(rows) > limit
    data = list(rows[:limit])
    return Page(data=data, has_more=more, next=cursor_of(data[-1]) if more else None)
