"""Page turners: how a list of the arena is walked, cursor by cursor."""

from collections.abc import Callable
from typing import Any, TypeVar

from sigma_sdk.exchange import Plan, fetch
from sigma_sdk.operation import Page, Turn

T = TypeVar("T")
Json = dict[str, Any]


def list_of(path: str, /, **query: object) -> Turn[Json]:
    """Walks a list whose pages are `{data, has_more, next}`."""
    return list_as(lambda item: item, path, **query)


def list_as(read: Callable[[Json], T], path: str, /, **query: object) -> Turn[T]:
    """The same, each item made into something by `read`."""

    def turn(after: str | None) -> Plan[Page[T]]:
        asked = {**query, "after": after if after is not None else query.get("after")}
        page = yield from fetch(path, **asked)
        more = page["next"] if page.get("has_more") else None
        return Page([read(item) for item in page["data"]], None if more is None else str(more))

    return turn
