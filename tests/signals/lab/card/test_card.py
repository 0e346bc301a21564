"""A card follows from its study, the bars and the code; who has them computes it again, bit for bit."""

import json
from typing import Any

import numpy as np
import pytest

from arena.signals.lab.bars import Bars
from arena.signals.lab.card import (
    BadStudy,
    Modelled,
    Study,
    bars_sha,
    card_sha,
    differences,
    make_card,
    study_of,
)
from arena.signals.lab.documents import faults
from arena.signals.lab.sweep.model import BadSpace
from arena.signals.lab.walk import BadWindows
from arena.signals.strategists import STRATEGISTS
from tests.signals.lab.stage import wandering

MODEL = Modelled(STRATEGISTS["moving_average_cross"], "rule", "a" * 64)
STUDY: dict[str, Any] = {
    "name": "Northwind Crossing",
    "model": "moving_average_cross",
    "data": {"path": "candles", "symbol": "BTCUSDT"},
    "space": {"fast_bars": [3, 6, 12], "slow_bars": [10, 24, 48]},
    "less": [["fast_bars", "slow_bars"]],
    "walk": {"train_days": 40, "test_days": 20, "purge_bars": 12},
    "words": {"intended_use": "A part of a portfolio.", "known_failures": "Ranges.", "risks": "All of it."},
}  # fmt: skip


def study(**changes: Any) -> Study:
    return study_of(json.dumps({**STUDY, **changes}).encode())


@pytest.fixture(scope="module")
def bars() -> Bars:
    return wandering(21, 24 * 200, swing=0.004)


@pytest.fixture(scope="module")
def card(bars: Bars) -> dict[str, Any]:
    return make_card(study(), MODEL, bars)


def test_the_same_study_gives_the_same_card(card: dict[str, Any], bars: Bars) -> None:
    again = make_card(study(), MODEL, bars)
    assert differences(card, again) == []
    assert card_sha(card) == card_sha(again) == card_sha(json.loads(json.dumps(card)))


def test_a_figure_that_was_changed_is_found(card: dict[str, Any], bars: Bars) -> None:
    forged = json.loads(json.dumps(card))
    forged["figures"]["walk_forward"]["net"]["sharpe"] = 3.0
    (told,) = differences(forged, card)
    assert told.startswith("/figures/walk_forward/net/sharpe: 3.0 was")
    assert card_sha(forged) != card_sha(card)


def test_other_bars_costs_or_seeds_are_another_card(card: dict[str, Any], bars: Bars) -> None:
    dearer = make_card(study(costs={"fee_taker_bps": 30}), MODEL, bars)
    assert dearer["lineage"]["policy_sha"] != card["lineage"]["policy_sha"]
    net = ("figures", "walk_forward", "net")
    assert _at(dearer, net)["total_return"] < _at(card, net)["total_return"]
    shorter = make_card(study(), MODEL, bars.until(len(bars) - 1))
    assert shorter["lineage"]["pack_sha"] != card["lineage"]["pack_sha"]
    assert bars_sha(bars) != bars_sha(bars.until(len(bars) - 1))
    other = make_card(study(seed=2), MODEL, bars)
    assert other["figures"]["twins"]["returns"] != card["figures"]["twins"]["returns"]
    assert other["figures"]["walk_forward"] == card["figures"]["walk_forward"]


def test_a_policy_bounds_what_is_tested(card: dict[str, Any], bars: Bars) -> None:
    half = make_card(study(sizing={"weight_max_pct": 50}), MODEL, bars)
    assert half["documents"]["policy"]["sizing"] == {"kind": "target_weight", "weight_max_pct": 50}
    net = ("figures", "walk_forward", "net")
    assert 0 < _at(half, net)["exposure_mean"] < 0.6 * _at(card, net)["exposure_mean"]
    calm = make_card(study(sizing={"cooldown_bars": 48}, space={"slow_bars": [24]}), MODEL, bars)
    assert 0 < _at(calm, net)["fills"] < _at(card, net)["fills"]


def test_limits_of_the_account_are_kept_and_leave_the_plan(
    card: dict[str, Any], bars: Bars
) -> None:
    limits = {"drawdown_max_pct": 3, "order_notional_max": "20000"}
    bounded = make_card(study(limits=limits), MODEL, bars)
    assert bounded["documents"]["policy"]["limits"] == {**limits, "exposure_max_pct": 100}
    net = ("figures", "walk_forward", "net")
    assert _at(card, net)["max_drawdown"] > 0.06
    assert 0.03 <= _at(bounded, net)["max_drawdown"] < 0.04
    assert 0 < _at(bounded, net)["exposure_mean"] < 0.25
    assert bounded["figures"]["luck"]["deflated_sharpe"] is not None  # every trial was looked at
    with pytest.raises(BadStudy, match="like 2500"):
        study(limits={"order_notional_max": "0"})


def test_every_document_of_the_lineage_fits_its_schema(card: dict[str, Any]) -> None:
    for kind, body in card["documents"].items():
        assert list(faults(kind, body)) == []


def test_a_walk_on_noise_is_not_called_skill(card: dict[str, Any]) -> None:
    figures = card["figures"]
    assert figures["luck"]["trials"] == 8
    assert figures["luck"]["deflated_sharpe"] < 0.9
    assert 0.01 < figures["twins"]["percentile"] < 0.99
    assert figures["twins"]["returns"] == sorted(figures["twins"]["returns"])
    assert len(figures["twins"]["returns"]) == 200
    net, gross = figures["walk_forward"]["net"], figures["walk_forward"]["gross"]
    assert gross["total_return"] > net["total_return"]
    assert figures["costs"]["return_given_up"] == gross["total_return"] - net["total_return"]


def test_a_planted_edge_is_seen(bars: Bars) -> None:
    """Prices that drift up and down in long waves: what a crossing is for."""
    hours = np.arange(len(bars))
    wave = np.exp(0.25 * np.sin(2 * np.pi * hours / 400))
    columns = {
        name: np.round(getattr(bars, f"{name}s") / bars.closes * 50_000 * wave, 2)
        for name in ("open", "close")
    }
    tops = np.maximum(columns["open"], columns["close"])
    bottoms = np.minimum(columns["open"], columns["close"])
    planted = Bars.of(
        bars.instrument, 3600,
        {"open_ms": bars.open_ms, **columns, "high": tops, "low": bottoms, "volume": bars.volumes + 100},
    )  # fmt: skip
    luck = make_card(study(), MODEL, planted)["figures"]
    assert luck["luck"]["deflated_sharpe"] > 0.95
    assert luck["twins"]["percentile"] > 0.9


def test_what_is_not_known_is_null_and_never_a_number_that_is_none(bars: Bars) -> None:
    short = make_card(
        study(walk={"train_days": 10, "test_days": 3}, space={}), MODEL, bars.until(24 * 18)
    )
    luck = short["figures"]["luck"]
    assert (luck["trials"], luck["overfitting_probability"], luck["superior_ability_p"]) == (
        1,
        None,
        None,
    )
    assert "NaN" not in json.dumps(short)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"space": {"fast": [3]}}, BadSpace, "fast_bars"),
        ({"space": {"fast_bars": []}}, BadSpace, "fast_bars"),
        ({"space": {"fast_bars": [0]}}, BadSpace, "fast_bars"),
        ({"walk": {"train_days": 4_000}}, BadWindows, "shorten them or take more data"),
    ],
)
def test_a_study_that_cannot_be_run_is_refused(
    bars: Bars, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        make_card(study(**changes), MODEL, bars)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "colour"), ({"space": 3}, "space"), ({"cash": "much"}, "no decimal number"),
        ({"cash": "-1"}, "no amount"), ({"walk": {"kind": "sideways"}}, "kind"), ({"words": {}}, "intended_use"),
        ({"sizing": {"weight_max_pct": 0}}, "weight_max_pct"), ({"sizing": {"stop_bps": 10_000}}, "stop_bps"),
    ],
)  # fmt: skip
def test_a_study_that_is_malformed_says_where(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadStudy, match=words):
        study(**changes)


def _at(card: dict[str, Any], path: tuple[str, ...]) -> Any:
    for key in path:
        card = card[key]
    return card
