"""What Stripe's own SDK says an object looks like: required fields, their types, and which there are at all.

Its classes are made from Stripe's published API description. A field that may be absent is Optional there; all others
always come.
"""

import typing
from collections.abc import Iterator
from typing import Any, ForwardRef

from stripe._list_object import ListObject
from stripe._object_classes import get_object_class
from stripe._search_result_object import SearchResultObject
from stripe._stripe_object import StripeObject

MADE_HERE = "OBJECT_NAME"
PAGES = {"list": ListObject, "search_result": SearchResultObject}


def faults(answer: dict[str, Any]) -> list[str]:
    """Where an answer is not what the SDK expects of its object, as paths with words; none where it fits."""
    return list(_of_object(answer, str(answer.get("object"))))


def fields(name: str) -> set[str]:
    """The names of all fields that the SDK knows of an object."""
    return set(get_object_class("V1", name).__annotations__)


def _of_object(found: dict[str, Any], path: str) -> Iterator[str]:
    name = str(found.get("object"))
    if name in PAGES:
        for field in ("data", "has_more", "url"):
            if field not in found:
                yield f"{path}.{field} is missing"
        for number, one in enumerate(found.get("data", ())):
            yield from _of_object(one, f"{path}.{number}.{one.get('object')}")
        return
    kind = get_object_class("V1", name)
    if kind is StripeObject:
        yield f"{path}: the SDK knows no object {name!r}"
        return
    yield from _of_class(found, kind, path)


def _of_class(found: dict[str, Any], kind: type[StripeObject], path: str) -> Iterator[str]:
    fields = {
        name: hint for name, hint in kind.__annotations__.items()
        if name != MADE_HERE and not name.startswith("_")
    }  # fmt: skip
    renamed = {here: there for there, here in getattr(kind, "_field_remappings", {}).items()}
    for name, hint in fields.items():
        name = renamed.get(name, name)
        if name in found:
            if not _fits(found[name], hint):
                yield f"{path}.{name} is {found[name]!r}, not {hint}"
            yield from _inside(found[name], hint, f"{path}.{name}")
        elif not _may_be(None, hint):
            yield f"{path}.{name} is missing"
    known = {renamed.get(name, name) for name in fields}
    for name in found:
        if known and name not in known:
            yield f"{path}.{name} is nothing that Stripe sends"


def _inside(value: Any, hint: Any, path: str) -> Iterator[str]:
    """What is in a field that is an object, or several."""
    if isinstance(value, dict) and isinstance(value.get("object"), str):
        yield from _of_object(value, path)
    elif isinstance(value, dict):
        for kind in _classes(hint):
            yield from _of_class(value, kind, path)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            inner = [arg for option in _options(hint) for arg in typing.get_args(option)]
            for each in inner:
                yield from _inside(one, each, f"{path}.{number}")


def _classes(hint: Any) -> list[type[StripeObject]]:
    found = [typing.get_origin(option) or option for option in _options(hint)]
    return [
        one
        for one in found
        if isinstance(one, type) and issubclass(one, StripeObject) and one.__annotations__
    ]


def _options(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) is typing.Union else (hint,)


def _may_be(value: Any, hint: Any) -> bool:
    return any(_is(value, option) for option in _options(hint))


def _fits(value: Any, hint: Any) -> bool:
    return _may_be(value, hint)


def _is(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if hint is Any:
        return True
    if isinstance(hint, ForwardRef | str):
        return isinstance(value, dict)
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if origin in (list, typing.List):  # noqa: UP006 - the SDK writes it so
        return isinstance(value, list) and all(
            _may_be(one, typing.get_args(hint)[0]) for one in value
        )
    if origin is dict:
        return isinstance(value, dict)
    kind = origin or hint
    if kind is type(None):
        return value is None
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(kind, type) and issubclass(kind, StripeObject):
        return isinstance(value, dict)
    return isinstance(kind, type) and isinstance(value, kind)
