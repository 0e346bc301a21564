"""The committed JSON Schemas of the documents, and where a document leaves its own."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

import jsonschema_rs

from arena.signals.lab.model import DocumentKind

Fault = tuple[str, str]
"""A JSON pointer (RFC 6901) into the document, and what is wrong there."""

FAULTS_MAX = 50  # nobody reads more, and a document may have thousands


def schema_name(kind: DocumentKind) -> str:
    """The schema's file, as it is served below /schemas."""
    return f"{kind.replace('_', '-')}-v2.json"


@cache
def schema_text(kind: DocumentKind) -> bytes:
    """The JSON Schema (draft 2020-12) of this kind of document, as it is published."""
    return files("arena.signals.lab").joinpath("schema", schema_name(kind)).read_bytes()


def faults_of_form(kind: DocumentKind, body: dict[str, Any]) -> list[Fault]:
    """Where the document leaves its schema; the body is known to have a canonical form."""
    return faults_by(_validator(kind), body) or list(islice(_points(body), FAULTS_MAX))


def faults_by(validator: Any, body: dict[str, Any]) -> list[Fault]:
    """Where the body leaves the validator's schema, in words that do not repeat what was sent."""
    try:
        told = (fault for error in validator.iter_errors(body) for fault in _told(error))
        return list(islice(told, FAULTS_MAX))
    except ValueError:  # it goes no deeper than 255 levels
        return [("", "is nested too deeply")]


def validator_of(schema: bytes) -> Any:
    """Of a JSON Schema, draft 2020-12."""
    # The mask keeps what was sent out of the messages: the pointer says where it stands.
    return jsonschema_rs.Draft202012Validator(json.loads(schema), mask="")


def pointer(path: Iterable[str | int]) -> str:
    """The JSON pointer of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


@cache
def _validator(kind: DocumentKind) -> Any:
    return validator_of(schema_text(kind))


def _told(error: Any) -> Iterator[Fault]:
    """What is missing or too much is pointed at itself, not at what it is missing in."""
    path = list(error.instance_path)
    if error.kind.name == "required":
        yield pointer([*path, error.kind.property]), "is missing"
    elif error.kind.name == "additionalProperties":
        for name in error.kind.unexpected:
            yield pointer([*path, name[:80]]), "is not a field of this document"
    else:
        yield pointer(path), error.message.strip()


def _points(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Numbers written with a point. To JSON Schema 20.0 is whole, and its canonical form is 20; but then a document
    as it was sent and as it is named would not be the same."""
    if isinstance(value, float):
        yield pointer(path), "is written with a point; numbers are whole here"
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _points(item, (*path, name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _points(item, (*path, place))
