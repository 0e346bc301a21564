"""All that is wrong with a document of the second version: its form first, then what it says."""

from collections.abc import Iterator
from typing import Any

from arena.kit.clock import from_iso, iso_ms
from arena.signals.lab.documents.schema import FAULTS_MAX, Fault, faults_of_form, pointer
from arena.signals.lab.indicators import CATALOGUE
from arena.signals.lab.model import DocumentKind

VERSION = "2"


def faults(kind: DocumentKind, body: dict[str, Any]) -> list[Fault]:
    """Pointers and words; none for a good document. What it says is looked at where its form is right."""
    found = faults_of_form(kind, body)
    if found:
        return found
    if kind == "pack":
        return list(_of_span(body["span"]))
    if kind == "indicator_set":
        return list(_of_indicators(body["indicators"]))[:FAULTS_MAX]
    return []


def _of_span(span: dict[str, Any]) -> Iterator[Fault]:
    wrong = [
        name for name in ("since", "until") if span[name] is not None and not _is_time(span[name])
    ]
    for name in wrong:
        yield f"/span/{name}", "is no time there is"
    if wrong:
        return
    if (span["since"] is None) != (span["until"] is None):
        yield "/span", "must have both ends, or none where prices have no end"
    elif span["since"] is not None and span["since"] >= span["until"]:
        yield "/span/until", "must be after since"


def _is_time(text: str) -> bool:
    try:
        return iso_ms(from_iso(text)) == text
    except ValueError:
        return False


def _of_indicators(indicators: list[dict[str, Any]]) -> Iterator[Fault]:
    names = [item["as"] for item in indicators]
    if names != sorted(set(names)):
        yield "/indicators", "must be sorted by `as`, each name once"
    for place, item in enumerate(indicators):
        yield from _of_indicator(item, ("indicators", place))


def _of_indicator(item: dict[str, Any], path: tuple[str | int, ...]) -> Iterator[Fault]:
    spec = CATALOGUE.get(item["name"])
    if spec is None:
        yield pointer((*path, "name")), f"is not in the catalogue, which has {', '.join(CATALOGUE)}"
        return
    if item["output"] and item["output"] not in spec.outputs:
        yield pointer((*path, "output")), f"must be one of {', '.join(spec.outputs)}"
    if item["output"] == spec.outputs[0]:
        yield pointer((*path, "output")), "must be empty: it is the indicator's first series"
    given = item["parameters"]
    for name, allowed in spec.parameters.items():
        if name not in given:
            yield pointer((*path, "parameters", name)), "is missing"
        elif not allowed.low <= given[name] <= allowed.high:
            words = f"must lie between {allowed.low} and {allowed.high}"
            yield pointer((*path, "parameters", name)), words
    for name in given:
        if name not in spec.parameters:
            yield pointer((*path, "parameters", name)), "is not a parameter of this indicator"
