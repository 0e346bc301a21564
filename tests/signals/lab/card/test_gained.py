"""What cards have gained: days without candles, and the model on its twins' terms; older cards stay good."""

import json
from datetime import date
from typing import Any

import numpy as np
import pytest

from arena.signals.lab import Bars
from arena.signals.lab.card import Modelled, differences, make_card, study_of
from arena.signals.lab.cards.model import MalformedCard
from arena.signals.lab.cards.shape import canonical_card
from arena.signals.strategists import STRATEGISTS, code_version
from tests.signals.lab.cards.making import STUDY
from tests.signals.lab.stage import BTC, wandering

NAME = "moving_average_cross"
MODEL = Modelled(STRATEGISTS[NAME], "rule", code_version(NAME))
DAY_MS = 86_400_000
GONE = (150, 151, 160)  # days from the first bar's


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    """Over bars from which three whole days have been taken."""
    whole = wandering(22, 24 * 200, swing=0.004)
    days = (whole.open_ms + 3_600_000 - 1) // DAY_MS
    kept = ~np.isin(days, [days[0] + gone for gone in GONE])
    columns = {
        "ts": whole.open_ms[kept], "open": whole.opens[kept], "high": whole.highs[kept],
        "low": whole.lows[kept], "close": whole.closes[kept], "volume": whole.volumes[kept],
    }  # fmt: skip
    study = study_of(json.dumps({**STUDY, "space": {"fast_bars": [6], "slow_bars": [48]}}).encode())
    made = make_card(study, MODEL, Bars.of(BTC, 3600, columns))
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]  # a card is an object


def test_days_without_candles_are_named(card: dict[str, Any]) -> None:
    walked = card["figures"]["walk_forward"]
    named = walked["days_without_candles"]
    assert len(named) == 3
    assert named == sorted(named)
    first = date.fromisoformat(named[0])
    assert [(date.fromisoformat(day) - first).days for day in named] == [0, 1, 10]
    since, until = (date.fromisoformat(walked["net"][end][:10]) for end in ("since", "until"))
    assert len(walked["daily_returns"]) + 3 == (until - since).days
    assert canonical_card(card)


def test_a_card_from_before_them_is_still_the_same_when_computed_again(
    card: dict[str, Any],
) -> None:
    old = json.loads(json.dumps(card))
    del old["figures"]["twins"]["own"]
    del old["figures"]["walk_forward"]["days_without_candles"]
    assert differences(old, card) == []
    assert canonical_card(old)
    del old["figures"]["twins"]["percentile"]
    assert [told.split(":")[0] for told in differences(old, card)] == ["/figures/twins/percentile"]


def test_a_forged_one_is_found(card: dict[str, Any]) -> None:
    forged = json.loads(json.dumps(card))
    forged["figures"]["twins"]["own"] += 0.5
    forged["figures"]["walk_forward"]["days_without_candles"][0] = "2020-13-41"
    assert len(differences(forged, card)) == 2
    with pytest.raises(MalformedCard) as refused:
        canonical_card(forged)
    assert [fault["pointer"] for fault in refused.value.facts["errors"]] == [
        "/figures/walk_forward/days_without_candles/0"
    ]


def test_the_model_on_its_twins_terms_stands_where_the_percentile_says(
    card: dict[str, Any],
) -> None:
    twins = card["figures"]["twins"]
    returns = np.array(twins["returns"])
    place = np.mean(returns < twins["own"]) + np.mean(returns == twins["own"]) / 2
    assert twins["percentile"] == pytest.approx(place)
