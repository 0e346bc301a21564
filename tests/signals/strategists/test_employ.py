"""The line-up's lineage: documents that fit their schemas, and the same model as a card of the same parameters."""

import json
from typing import Any

import pytest

from arena.signals import lab
from arena.signals.feeds import Feed
from arena.signals.lab.card import Modelled, make_card, study_of
from arena.signals.lab.documents import faults
from arena.signals.strategists import STRATEGISTS, code_version
from tests.signals.lab.cards.making import STUDY
from tests.signals.lab.stage import wandering
from tests.signals.stage import Stage


async def documents_of(stage: Stage, feed: Feed) -> dict[str, dict[str, Any]]:
    async with stage.db.transaction(readonly=True) as tx:
        found = [await lab.document(tx, sha) for sha in feed.lineage.as_dict().values()]
    return {one.kind: one.body for one in found}


def card_for(model: dict[str, Any], costs: dict[str, Any]) -> dict[str, Any]:
    """A card of just these parameters, as `arena lab card` makes it; its study names no seed."""
    name = model["model"]
    space = {parameter: [value] for parameter, value in model["parameters"].items()}
    walk = {"train_days": 40, "test_days": 20}
    study = {**STUDY, "model": name, "space": space, "less": [], "walk": walk, "costs": costs}
    text = json.dumps(study).encode()
    built_in = Modelled(STRATEGISTS[name], "rule", code_version(name))
    return make_card(study_of(text), built_in, wandering(3, 24 * 80, swing=0.004))


async def test_every_document_of_the_line_up_fits_its_schema(stage: Stage) -> None:
    for feed in await stage.employ():
        documents = await documents_of(stage, feed)
        assert set(documents) == set(lab.KINDS)
        for kind in lab.KINDS:
            assert documents[kind]["version"] == "2"
            assert faults(kind, documents[kind]) == []


@pytest.mark.parametrize("model", ["moving_average_cross", "bollinger_reversion"])
async def test_a_card_of_a_built_ins_parameters_has_its_lineage_but_for_the_candles(
    stage: Stage, model: str
) -> None:
    feeds = await stage.employ()
    found = [(feed, await documents_of(stage, feed)) for feed in feeds]
    feed, documents = next(
        pair for pair in found if pair[1]["model_config"]["model"] == model
    )  # fmt: skip
    card = card_for(documents["model_config"], documents["policy"]["costs"])
    lineage = feed.lineage.as_dict()
    for kind in ("indicator_set", "model_config", "policy"):
        assert card["documents"][kind] == documents[kind]
        assert card["lineage"][f"{kind}_sha"] == lineage[f"{kind}_sha"]


async def test_who_is_employed_keeps_the_lineage_of_then(stage: Stage) -> None:
    first = [feed.lineage for feed in await stage.employ()]
    stage.settings.half_spread_bps += 2  # a feed opened now would have another policy
    assert [feed.lineage for feed in await stage.employ()] == first
