"""The arena computes cards of its own models again: what is the same is reproduced, what differs is named."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from arena.kit.canonical import document_sha
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.identity import Registration, register_collective
from arena.signals.lab import bars_of, cards
from arena.signals.lab.card import Modelled, make_card, study_of
from arena.signals.strategists import (
    STRATEGISTS,
    code_version,
    reproduce_for_ever,
    reproduce_next,
)
from arena.signals.strategists.reproduce_child import found_again
from arena.trading.market.sample import sample
from tests.signals.lab.cards.making import STUDY, made_card

NAME = "moving_average_cross"


@cache
def _of_the_sample() -> str:
    study = {
        **STUDY, "data": {"path": "sample", "symbol": "BTC-USD", "interval": "15m"},
        "space": {"fast_bars": [10, 20], "slow_bars": [60, 80]},
        "walk": {"train_days": 20, "test_days": 10, "purge_bars": 12},
    }  # fmt: skip
    model = Modelled(STRATEGISTS[NAME], "rule", code_version(NAME))
    return json.dumps(make_card(study_of(json.dumps(study).encode()), model, bars_of(sample())))


def sample_card() -> dict[str, Any]:
    """A card over the prices that ship with the product."""
    card: dict[str, Any] = json.loads(_of_the_sample())
    return card


async def kept(db: Database, body: dict[str, Any]) -> str:
    async with db.transaction() as tx:
        mine = await register_collective(tx, Registration("Northwind", "", b"." * 32))
        return (await cards.keep_card(tx, mine.id, body)).sha


def test_the_same_card_is_reproduced() -> None:
    assert found_again(sample_card(), None) == ("reproduced", [], "")


def test_a_forged_figure_is_named_with_both_values() -> None:
    forged = sample_card()
    forged["figures"]["walk_forward"]["net"]["sharpe"] = 9.5
    outcome, lines, _ = found_again(forged, None)
    assert outcome == "different"
    assert len(lines) == 1
    assert lines[0].startswith("/figures/walk_forward/net/sharpe: 9.5 was ")


def test_candles_that_are_not_here_are_no_verdict(tmp_path: Path) -> None:
    assert found_again(made_card(), tmp_path)[0] == "no_data"
    other = sample_card()
    other["documents"]["pack"]["data_sha"] = "0" * 64
    assert found_again(other, None)[0] == "no_data"


def test_a_model_that_is_not_built_in_fails_with_the_reason() -> None:
    unknown = sample_card()
    unknown["study"]["model"] = "crystal_ball"
    outcome, lines, _ = found_again(unknown, None)
    assert outcome == "failed"
    assert "crystal_ball" in lines[0]


@pytest.mark.slow
async def test_a_card_that_waits_is_computed_in_a_process_of_its_own(
    db: Database, settings: Settings
) -> None:
    sha = await kept(db, sample_card())
    assert await reproduce_next(db, settings) == "reproduced"
    assert await reproduce_next(db, settings) is None
    async with db.transaction(readonly=True) as tx:
        assert (await cards.card(tx, sha)).label == "reproduced"


@pytest.mark.slow
async def test_a_process_that_breaks_is_written_down_and_not_tried_for_ever(
    db: Database, settings: Settings
) -> None:
    body = sample_card()
    body["study"]["walk"]["train_days"] = 10**9
    sha = await kept(db, body)
    assert await reproduce_next(db, settings) == "failed"
    assert await reproduce_next(db, settings) is None
    async with db.transaction(readonly=True) as tx:
        assert (await cards.card(tx, sha)).label == "self_reported"


async def test_a_model_of_ones_own_never_waits(db: Database, settings: Settings) -> None:
    body = made_card()
    body["documents"]["model_config"]["kind"] = "own"
    body["lineage"]["model_config_sha"] = document_sha(body["documents"]["model_config"])
    await kept(db, body)
    assert await reproduce_next(db, settings) is None


async def test_an_operator_may_leave_it_out(db: Database, settings: Settings) -> None:
    sha = await kept(db, sample_card())
    await reproduce_for_ever(db, settings.model_copy(update={"reproduce_cards": False}))
    async with db.transaction(readonly=True) as tx:
        assert (await cards.card(tx, sha)).reproductions == []
