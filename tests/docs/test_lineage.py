"""The page on lineage shows documents that are good, all of their fields, and how a trial gets its name."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from arena.kit.canonical import document_sha
from arena.signals.feeds import Lineage
from arena.signals.lab import KINDS, DocumentKind
from arena.signals.lab.documents import faults, schema_name, schema_text
from arena.signals.lab.trials import Configuration

TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "lineage.md").read_text(encoding="utf-8")
BLOCKS: list[dict[str, Any]] = [
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
]
SHOWN: dict[DocumentKind, dict[str, Any]] = dict(zip(KINDS, BLOCKS, strict=False))


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_shown_is_good_and_that_of_the_schema(kind: DocumentKind) -> None:
    assert faults(kind, SHOWN[kind]) == []
    assert SHOWN[kind] == json.loads(schema_text(kind))["examples"][0]
    assert f"/schemas/{schema_name(kind)}" in TEXT


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_document_is_on_the_page(kind: DocumentKind) -> None:
    def names(schema: dict[str, Any]) -> list[str]:
        found = list(schema.get("properties", {}))
        for field in schema.get("properties", {}).values():
            found += names(field) + names(field.get("items", {}))
        return found

    missing = [name for name in names(json.loads(schema_text(kind))) if name not in TEXT]
    assert missing == []


def test_a_trial_is_named_as_the_page_says() -> None:
    trial = BLOCKS[len(KINDS)]
    configuration = Configuration(
        Lineage(**trial["lineage"]), trial["engine_version"], trial["seed"], trial["windows"]
    )
    assert configuration.document() == trial
    assert configuration.sha == document_sha(trial)
