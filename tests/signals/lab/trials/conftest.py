"""Two collectives of one person and one that nobody owns, with documents to make lineages of."""

from dataclasses import dataclass
from typing import Any

import pytest

from arena.kit.canonical import sha256_hex
from arena.kit.db import Database, Tx
from arena.people.identity import Registration, register_collective
from arena.signals.feeds import Lineage
from arena.signals.lab import register_documents
from arena.signals.lab.documents import Policy, model_document
from arena.signals.lab.trials import Configuration
from tests.http import person

PACK: dict[str, Any] = {"source": "sample", "symbols": ["BTC-USD"], "interval_s": 900}
ENGINE = "lab-test"


@dataclass
class Bench:
    """Where trials are registered."""

    db: Database
    owner: str
    collective: str
    sister: str
    nobodys: str

    async def grid(
        self, tx: Tx, count: int, *, model: str = "crossing", **changes: Any
    ) -> list[Configuration]:
        """That many configurations of a model, each with its own parameters, their documents registered."""
        documents = [
            model_document(model, {"bars": number}, kind="own", code_version=sha256_hex(b"code"))
            for number in range(count)
        ]
        models = await register_documents(tx, "model_config", documents)
        [pack] = await register_documents(tx, "pack", [PACK])
        [empty] = await register_documents(
            tx, "indicator_set", [{"version": "2", "indicators": []}]
        )
        [policy] = await register_documents(tx, "policy", [Policy().document()])
        return [
            Configuration(
                Lineage(pack, empty, sha, policy), **{"engine_version": ENGINE, **changes}
            )
            for sha in models
        ]


@pytest.fixture
async def bench(db: Database) -> Bench:
    owner, _ = await person(db, "creator")
    async with db.transaction() as tx:
        made = [
            await register_collective(tx, Registration(name, "", bytes([place]) * 32, owned))
            for place, (name, owned) in enumerate(
                (("Northwind", owner), ("Southwind", owner), ("Drifter", None)), 1
            )
        ]
    return Bench(db, owner, *(one.id for one in made))
