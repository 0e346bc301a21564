"""The page of a model card says what the card says, names who vouches for it, and is drawn well."""

from typing import Any

import numpy as np
import pytest
from playwright.async_api import Browser

from arena.kit.canonical import document_sha
from arena.people.identity import Registration, register_collective
from arena.signals.lab import cards
from arena.web.draw import Window, histogram, size_figure, window_strip
from arena.web.views.model_card import dates_drift, levels_of, own_among_twins
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.pages.sections import without_legend
from tests.signals.lab.cards.making import made_card
from tests.stories.house import House

HOSTILE = '<script>alert("x")</script>'


async def kept_in(house: House, collective: str, **changes: Any) -> cards.Kept:
    """A card of a collective that nobody owns."""
    async with house.arena.db.transaction() as tx:
        key = collective.encode().ljust(32, b".")[:32]
        mine = await register_collective(tx, Registration(collective, "", key))
        return await cards.keep_card(tx, mine.id, made_card(**changes))


async def test_a_card_is_shown_with_its_figures_and_legends(house: House, reader: Reader) -> None:
    kept = await kept_in(house, "Card Keepers")
    page = await reader.get(f"/cards/{kept.sha}")
    assert page.status_code == 200
    said = text_of(page.text)
    net = kept.body["figures"]["walk_forward"]["net"]
    assert f"{net['sharpe']:.2f}".replace("-", "−") in said
    assert "Card Keepers" in said
    assert "self-reported" in said
    assert kept.sha in said
    for sha in kept.body["lineage"].values():
        assert f'href="/documents/{sha}"' in page.text
    for drawn in ("equity-figure", "window-strip", "histogram", "size-figure"):
        assert f'<svg class="{drawn}"' in page.text
    assert without_legend(page.text) == []
    assert (await reader.get(f"/lab/cards/{kept.sha}/pdf")).status_code == 200


async def test_what_the_arena_found_stands_on_the_page(house: House, reader: Reader) -> None:
    kept = await kept_in(house, "Found Again", seed=11)
    async with house.arena.db.transaction() as tx:
        lines = ["/figures/luck/trials: 8 was 9"]
        await cards.note_reproduction(
            tx, kept.sha, "different", engine_version="1", differences=lines
        )
    said = text_of((await reader.get(f"/cards/{kept.sha}")).text)
    assert "The arena came to other figures" in said
    assert "/figures/luck/trials: 8 was 9" in said
    assert "self-reported" in said
    async with house.arena.db.transaction() as tx:
        await cards.note_reproduction(tx, kept.sha, "reproduced", engine_version="2")
    said = text_of((await reader.get(f"/cards/{kept.sha}")).text)
    assert "✓ reproduced" in said
    assert "self-reported" not in said


async def test_words_of_an_author_stay_words(house: House, reader: Reader) -> None:
    kept = await kept_in(house, "Hostile Words", name=HOSTILE)
    page = await reader.get(f"/cards/{kept.sha}")
    assert HOSTILE not in page.text
    assert "&lt;script&gt;alert" in page.text


@pytest.mark.parametrize("sha", ["0" * 64, "nothing"])
async def test_a_card_that_nobody_kept_is_not_there(reader: Reader, sha: str) -> None:
    assert (await reader.get(f"/cards/{sha}")).status_code in (404, 422)


async def test_a_card_is_drawn_well(house: House, browser: Browser) -> None:
    kept = await kept_in(house, "Drawn Well", seed=12)
    assert kept.sha == document_sha(made_card(seed=12))
    await look_at(browser, house, f"/cards/{kept.sha}", "card")


def _unknown(value: Any) -> Any:
    """What a card may leave open, left open: null for every figure that may be null."""
    if isinstance(value, dict):
        return {key: _unknown(each) for key, each in value.items()}
    return None if isinstance(value, float) else value


async def test_a_card_that_knows_next_to_nothing_can_be_read(house: House, reader: Reader) -> None:
    body = made_card(seed=14)
    figures = body["figures"]
    figures["luck"] = {
        **_unknown(figures["luck"]),
        "sharpe_interval": None,
        "drawdown_interval": None,
    }
    figures["twins"] = {"count": 0, "percentile": None, "returns": []}
    figures["capacity"] = {"curve": [], "cash": None}
    figures["regimes"] = []
    figures["walk_forward"]["daily_returns"] = []
    figures["walk_forward"]["training_sharpe_mean"] = None
    for kind in ("net", "gross"):
        known = {"total_return": 0.0, "max_drawdown": 0.0, "days": 0.5, "monthly": []}
        figures["walk_forward"][kind] = {**_unknown(figures["walk_forward"][kind]), **known}
    async with house.arena.db.transaction() as tx:
        mine = await register_collective(tx, Registration("Knows Nothing", "", b"k" * 32))
        kept = await cards.keep_card(tx, mine.id, body)
    page = await reader.get(f"/cards/{kept.sha}")
    assert page.status_code == 200
    assert "Too few days to tell kinds of markets apart" in page.text
    assert '<svg class="histogram"' not in page.text
    assert (await reader.get(f"/lab/cards/{kept.sha}/pdf")).status_code == 200


def test_the_curve_ends_with_what_the_card_returned() -> None:
    walked = made_card()["figures"]["walk_forward"]
    levels = levels_of(walked["net"], walked["daily_returns"])
    assert levels[0].equity == 100
    assert levels[-1].equity == pytest.approx(100 * (1 + walked["net"]["total_return"]))
    assert [level.at for level in levels] == sorted({level.at for level in levels})


def test_a_day_without_candles_is_passed_over_and_no_date_drifts() -> None:
    net = {
        "since": "2024-01-01T00:00:00.000Z", "until": "2024-01-06T12:00:00.000Z", "total_return": 0.4,
    }  # fmt: skip
    levels = levels_of(net, [0.1, 0.1, 0.1], ["2024-01-02", "2024-01-03"])
    assert [(level.at.day, level.at.hour) for level in levels] == [
        (1, 0), (2, 0), (5, 0), (6, 0), (6, 12),
    ]  # fmt: skip
    assert levels[-1].equity == pytest.approx(140)
    drifting = {"walk_forward": {"net": net, "daily_returns": [0.1, 0.1, 0.1]}}
    assert dates_drift(drifting)
    drifting["walk_forward"]["days_without_candles"] = ["2024-01-02", "2024-01-03"]
    assert not dates_drift(drifting)
    assert not dates_drift(made_card()["figures"])


def test_the_model_stands_among_its_twins_where_it_was_compared_with_them() -> None:
    twins = made_card()["figures"]["twins"]
    own = own_among_twins(twins)
    assert np.mean(np.array(twins["returns"]) < own) == pytest.approx(twins["percentile"], abs=0.01)
    before = {name: twins[name] for name in ("count", "percentile", "returns")}
    placed = own_among_twins(before)
    assert np.mean(np.array(twins["returns"]) < placed) == pytest.approx(
        twins["percentile"], abs=0.01
    )
    for percentile, found in ((0.0, 1.0), (1.0, 3.0), (0.25, 1.5)):
        assert own_among_twins({"percentile": percentile, "returns": [1.0, 2.0, 2.0, 3.0]}) == found


def test_drawings_say_in_words_what_they_show() -> None:
    drawn = histogram([-0.5, 0.0, 0.5], 0.25, "Three & one", name="<it>")
    assert 'aria-label="Three &amp; one"' in drawn
    assert "&lt;it&gt;" in drawn
    assert drawn.count("<rect") == 3
    assert histogram([0.1], 0.1, "", name="") == ""
    assert size_figure([("10 k", 0.1)], "", borne=None) == ""
    sizes = size_figure([("10 k", 0.4), ("1 M", 0.1), ("10 M", -0.2)], "By size", borne=1)
    assert sizes.count('class="borne"') == 1
    assert "−20 %" in sizes
    strip = window_strip([Window(0.2, "a"), Window(-0.2, "b")], "Two", first="x", last="y")
    assert 'class="gain-4"' in strip
    assert 'class="loss-4"' in strip
    assert window_strip([], "", first="", last="") == ""
