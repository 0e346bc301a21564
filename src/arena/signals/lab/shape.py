"""The shape each kind of document must have.

A document that says it is of version "2" keeps to its published JSON Schema, and to nothing beside it. One that says
anything else is of the first version: it has the few fields below, and what it says beyond them is the model's own.
"""

from collections.abc import Callable
from typing import Any

from arena.kit.canonical import canonical_json
from arena.signals.lab.documents import VERSION, faults
from arena.signals.lab.model import DOCUMENT_BYTES_MAX, BadDocument, DocumentKind

Check = Callable[[Any], bool]


def canonical_document(kind: DocumentKind, body: dict[str, Any]) -> bytes:
    """The canonical bytes of a document whose shape is right. Raises BadDocument."""
    try:
        canonical = canonical_json(body)
    except (ValueError, RecursionError) as refused:
        raise BadDocument(kind=kind, errors=[{"pointer": "", "detail": str(refused)}]) from refused
    errors = [{"pointer": where, "detail": what} for where, what in _faults(kind, body)]
    if b"\\u0000" in canonical:
        errors.append({"pointer": "", "detail": "must not contain the character U+0000"})
    if len(canonical) > DOCUMENT_BYTES_MAX:
        errors.append({"pointer": "", "detail": f"must not exceed {DOCUMENT_BYTES_MAX} bytes"})
    if errors:
        raise BadDocument(kind=kind, errors=errors)
    return canonical


def _faults(kind: DocumentKind, body: dict[str, Any]) -> list[tuple[str, str]]:
    if body.get("version") == VERSION:
        return faults(kind, body)
    return [
        (f"/{field}", f"must be {wanted}")
        for field, wanted, holds in _REQUIRED[kind]
        if field not in body or not holds(body[field])
    ]


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_text(item) for item in value)


def _seconds(value: Any) -> bool:
    return type(value) is int and 0 < value <= 31_622_400


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _indicators(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and _text(item.get("name")) and _object(item.get("parameters"))
        for item in value
    )


_REQUIRED: dict[DocumentKind, tuple[tuple[str, str, Check], ...]] = {
    "pack": (
        ("source", "the name of where the data came from", _text),
        ("symbols", "a list of instruments, not empty", _texts),
        ("interval_s", "the bar interval in whole seconds", _seconds),
    ),
    "indicator_set": (
        ("indicators", "a list of {name, parameters}; empty where none is used", _indicators),
    ),
    "model_config": (
        ("model", "the name of the model", _text),
        ("parameters", "an object with the model's parameters", _object),
    ),
    "policy": (
        ("target", "one sentence on how the model's output becomes a target weight", _text),
        ("publishes", "one sentence on when a signal is published", _text),
    ),
}
