"""Strategies that creators have sent to be hosted, kept and passed; cards of them over the prices of the product."""

import json
from functools import cache
from typing import Any

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.identity import Registration, register_collective
from arena.signals.lab import bars_of, cards, sources
from arena.signals.lab.card import Modelled, make_card, study_of
from arena.signals.lab.own import Source, load_source
from arena.signals.strategists.hosting import note_hosting
from arena.trading.market.sample import sample
from tests.signals.lab.cards.making import STUDY
from tests.signals.lab.own.stage import honest

KEY = b"." * 32


@cache
def _card_of(text: str, class_name: str) -> str:
    source = Source(text, class_name, "own.py")
    study = {
        **STUDY, "model": f"own.py:{class_name}", "data": {"path": "sample", "symbol": "BTC-USD", "interval": "15m"},
        "space": {"bars": [3, 8]}, "less": [], "walk": {"train_days": 20, "test_days": 10, "purge_bars": 12},
    }  # fmt: skip
    model = Modelled(load_source(source), "own", source.code_sha)
    return json.dumps(make_card(study_of(json.dumps(study).encode()), model, bars_of(sample())))


def own_card(source: Source) -> dict[str, Any]:
    """A card as its author makes it on his own machine."""
    card: dict[str, Any] = json.loads(_card_of(source.text, source.class_name))
    return card


def claimed_card(source: Source) -> dict[str, Any]:
    """A card with the figures of an honest model, and the name of other code."""
    card = own_card(honest())
    config = card["documents"]["model_config"]
    config["code_version"] = card["reproduction"]["code_version"] = source.code_sha
    from arena.kit.canonical import document_sha

    card["lineage"]["model_config_sha"] = document_sha(config)
    return card


async def author(db: Database) -> str:
    """A collective that nobody owns."""
    async with db.transaction() as tx:
        return (await register_collective(tx, Registration("Northwind", "", KEY))).id


async def kept_card(db: Database, sender: str, body: dict[str, Any]) -> str:
    async with db.transaction() as tx:
        return (await cards.keep_card(tx, sender, body)).sha


async def sent(
    db: Database, settings: Settings, sender: str, source: Source, *, passed: bool = True
) -> sources.KeptSource:
    """The source as the arena keeps it; with `passed` the checks have found nothing."""
    async with db.transaction() as tx:
        await note_hosting(tx, is_on=True, works=True)
        found = await sources.keep_source(
            tx, settings, sender, source.text, source.class_name, file_name=source.name
        )
        if passed:
            await sources.note_report(tx, found, "checks", "passed", [])
        return await sources.source_by_id(tx, found.id)
