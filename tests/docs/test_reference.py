"""The reference pages are what the code says, and the API only ever grows."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", REFERENCE / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(make: ModuleType) -> dict[str, str]:
    made: dict[str, str] = make.pages()
    return made


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "routes.md",
        "settings.md",
        "errors.md",
        "facts.md",
        "commands.md",
        "indicators.md",
        "openapi.json",
    ],
)
def test_a_reference_page_is_what_the_code_says(name: str, pages: dict[str, str]) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == pages[name], "run: make reference"


def test_every_route_says_what_it_does(make: ModuleType) -> None:
    silent = [
        f"{method} {path}"
        for path, methods in make.openapi()["paths"].items()
        for method, operation in methods.items()
        if not (operation.get("description") or "").strip()
    ]
    assert not silent


def test_the_api_only_grows(pages: dict[str, str]) -> None:
    """Compared with the document of the last release; a release copies openapi.json over it."""
    released = json.loads((REFERENCE / "openapi-released.json").read_text(encoding="utf-8"))
    assert _vanished(released, json.loads(pages["openapi.json"])) == []


def _vanished(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Routes, methods, answers' fields that the old document had and the new one lacks; new demands."""
    gone = []
    for path, methods in old["paths"].items():
        for method in methods:
            if method not in new["paths"].get(path, {}):
                gone.append(f"{method.upper()} {path}")
    schemas = new.get("components", {}).get("schemas", {})
    for name, schema in old.get("components", {}).get("schemas", {}).items():
        fields = schemas.get(name, {}).get("properties", {})
        gone += [f"{name}.{field}" for field in schema.get("properties", {}) if field not in fields]
        demands = set(schemas.get(name, {}).get("required", [])) - set(schema.get("required", []))
        known = set(schema.get("properties", {}))
        if re.search(r"(In|Draft|Order|New\w*|Request)$", name):
            gone += [f"{name}.{field} is newly required" for field in demands & known]
    return gone


def test_a_vanished_field_is_noticed(pages: dict[str, str]) -> None:
    document = json.loads(pages["openapi.json"])
    poorer = json.loads(pages["openapi.json"])
    path = next(iter(poorer["paths"]))
    del poorer["paths"][path]
    schema = next(
        name for name, s in poorer["components"]["schemas"].items() if s.get("properties")
    )
    field = next(iter(poorer["components"]["schemas"][schema]["properties"]))
    del poorer["components"]["schemas"][schema]["properties"][field]
    gone = _vanished(document, poorer)
    assert f"{schema}.{field}" in gone
    assert any(path in line for line in gone)
