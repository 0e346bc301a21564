"""Sweeps in the studio: asked for, followed while they run, cancelled, read when they are done, taken away."""

import io
import json
from dataclasses import replace

import polars as pl
import pytest
from playwright.async_api import Browser

from arena.signals.lab.card import study_of
from arena.signals.lab.sweep import Space, grid
from arena.signals.lab.sweeps import Status, sweep_now
from arena.signals.lab.trials import count_trials
from arena.signals.strategists import strategist
from tests.pages.live_events import live
from tests.pages.looking import look_at
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.pages.sections import without_legend
from tests.pages.sweepers import WISH, hill, sweeper_in
from tests.stories.house import House

LIVE = "/live/studio/lab/sweeps"
HERE, NEW, COUNT = "/studio/lab/sweeps", "/studio/lab/sweeps/new", "/studio/lab/sweeps/count"
RANGES = {
    "fast_bars.low": "5", "fast_bars.high": "20", "fast_bars.step": "5", "slow_bars.low": "40",
    "slow_bars.high": "100", "slow_bars.step": "20", "band_bps.low": "10", "band_bps.high": "10",
    "band_bps.step": "1",
}  # fmt: skip
ASKED = {
    **RANGES, "model": "moving_average_cross", "name": "Mine", "candles": "sample:BTC-USD:15m",
    "less": "fast_bars,slow_bars", "method": "grid", "count": "200", "seed": "0",
}  # fmt: skip


async def test_who_has_no_sweep_is_shown_both_ways_to_one(
    house: House, reader: Reader, browser: Browser
) -> None:
    creator = await reader.sign_in("creator")
    page = await creator.get(HERE)
    said = text_of(page.text)
    assert "No sweep yet" in said
    assert f"--arena {house.url} --key my.key" in said
    assert f'href="{NEW}"' in page.text
    assert f'href="{HERE}"' in (await creator.get("/studio/lab")).text
    assert "You have no collective yet" in text_of((await creator.get(NEW)).text)
    await look_at(browser, house, HERE, "sweeps-empty", cookies=creator.cookies)


async def test_a_sweep_is_asked_for_by_a_form_and_registers_its_trials(
    house: House, reader: Reader
) -> None:
    creator = await reader.sign_in("creator")
    sweeper = await sweeper_in(house, creator)
    page = await creator.get(NEW)
    assert "configurations" in text_of(page.text)
    answer = await creator.send(NEW, {**ASKED, "collective": sweeper.collective_id}, page=page)
    said = text_of(answer.text)
    assert answer.status_code == 200, said
    assert "16 trials are registered" in said
    assert "waits" in said
    sweep_id = answer.url.path.rpartition("/")[2]
    async with house.arena.db.transaction(readonly=True) as tx:
        sweep = await sweep_now(tx, sweep_id)
        assert await count_trials(tx, sweep.family_id) == 16
    assert (sweep.asked.name, sweep.status) == ("Mine", Status.QUEUED)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fast_bars.low": "few"}, "Whole numbers, please"),
        ({"fast_bars.step": "0"}, "A step is 1 or more"),
        ({"fast_bars.low": "30"}, "From must not be above to"),
        ({"slow_bars.high": "9000"}, "It may be 2 to 5,000"),
        ({"name": ""}, "Fill this in"),
        ({"fast_bars.low": "90", "fast_bars.high": "99", "slow_bars.high": "60"}, "no configuration has fast_bars"),
        ({"fast_bars.high": "4999", "fast_bars.step": "1", "slow_bars.high": "5000"}, "are more than the 10,000"),
        ({"candles": "sample:DOGE-USD:1m"}, "There are no candles of DOGE-USD at 1m here"),
    ],
)  # fmt: skip
async def test_what_cannot_be_swept_is_said_beside_the_form(
    house: House, reader: Reader, changes: dict[str, str], words: str
) -> None:
    creator = await reader.sign_in("creator")
    sweeper = await sweeper_in(house, creator)
    fields = {**ASKED, "collective": sweeper.collective_id, **changes}
    answer = await creator.send(NEW, fields)
    assert answer.status_code in (404, 422), text_of(answer.text)
    assert words in text_of(answer.text)
    assert changes.get("slow_bars.high", "100") in answer.text


async def test_the_count_keeps_up_with_the_form(house: House, reader: Reader) -> None:
    creator = await reader.sign_in("creator")
    sweeper = await sweeper_in(house, creator)
    headers = {"HX-Request": "true"}
    told = await creator.get(COUNT, params=ASKED, headers=headers)
    assert text_of(told.text).strip() == "16 configurations"
    off = await creator.get(COUNT, params={**ASKED, "fast_bars.low": "x"}, headers=headers)
    assert "Fill in whole numbers" in off.text
    looked = await creator.send(NEW, {**ASKED, "collective": sweeper.collective_id, "do": "count"})
    assert "16 configurations" in text_of(looked.text)
    assert "No sweep yet" in text_of((await creator.get(HERE)).text)


async def test_the_form_is_drawn_well(house: House, reader: Reader, browser: Browser) -> None:
    creator = await reader.sign_in("creator")
    await sweeper_in(house, creator)
    await look_at(browser, house, NEW, "sweep-new", cookies=creator.cookies)
    other = await creator.get(f"{NEW}?model=rsi_reversion")
    assert "oversold_level" in other.text
    assert (await creator.get(f"{NEW}?model=astrology")).status_code == 404


async def test_a_running_sweep_is_followed_and_cancelled(
    house: House, reader: Reader, browser: Browser
) -> None:
    creator = await reader.sign_in("creator")
    sweeper = await sweeper_in(house, creator)
    sweep = await sweeper.ask()
    await sweeper.reach(sweep, 100)
    path = f"{HERE}/{sweep.id}"
    said = text_of((await creator.get(path)).text)
    assert "100 of 357" in said
    assert "about 6 s left" in said
    assert "fast_bars 20, slow_bars 120" in said
    async with live(creator, f"{LIVE}/{sweep.id}") as heard:
        assert "100 of 357" in text_of((await heard.next("message")).data)
        await sweeper.reach(sweep, 300)
        assert "300 of 357" in text_of((await heard.next("message")).data)
    async with live(creator, LIVE) as heard:
        assert "300 of 357" in text_of((await heard.next("message")).data)
    await look_at(browser, house, path, "sweep-running", cookies=creator.cookies)
    answer = await creator.send(f"{path}/cancel", {}, page=await creator.get(path))
    assert "Cancelled" in text_of(answer.text)
    again = await creator.send(f"{path}/again", {}, page=answer)
    assert "It waits for its turn" in text_of(again.text)
    assert "300 of 357" in text_of(again.text)


async def test_a_sweep_that_is_done_is_drawn_and_taken_away(
    house: House, reader: Reader, browser: Browser
) -> None:
    creator = await reader.sign_in("creator")
    sweeper = await sweeper_in(house, creator)
    sweep = await sweeper.ask()
    frame = hill(sweep)
    await sweeper.finish(sweep, frame)
    path = f"{HERE}/{sweep.id}"
    page = await creator.get(path)
    said = text_of(page.text)
    assert page.text.count("<rect x=") > 100
    assert "Best Sharpe of 357" in said
    assert "neighbours" in said
    assert "One configuration failed: ValueError: it broke" in said
    assert "run by this arena" in said
    assert without_legend(page.text) == []
    assert "fast_bars × slow_bars" in said
    other = await creator.get(f"{path}?x=slow_bars&y=band_bps")
    assert "heat-map.png?x=slow_bars&amp;y=band_bps" in other.text
    parquet = await creator.get(f"{path}/results.parquet")
    assert pl.read_parquet(io.BytesIO(parquet.content)).equals(frame)
    csv = await creator.get(f"{path}/results.csv")
    assert pl.read_csv(io.BytesIO(csv.content)).height == frame.height
    png = await creator.get(f"{path}/heat-map.png?x=fast_bars&y=band_bps")
    assert png.content.startswith(b"\x89PNG")
    await look_at(browser, house, path, "sweep-done", cookies=creator.cookies)
    await look_at(browser, house, HERE, "sweeps", cookies=creator.cookies)


async def test_its_study_is_one_that_the_lab_takes(house: House, reader: Reader) -> None:
    creator = await reader.sign_in("creator")
    sweeper = await sweeper_in(house, creator)
    sweep = await sweeper.ask()
    await sweeper.finish(sweep, hill(sweep))
    path = f"{HERE}/{sweep.id}"
    whole = study_of((await creator.get(f"{path}/study.json")).content)
    space = Space.of(strategist(whole.model), whole.space, whole.less)
    assert len(grid(space)) == sweep.asked.configurations
    one = json.loads((await creator.get(f"{path}/study.json?best=0")).content)
    assert one["space"] == {"fast_bars": [60], "slow_bars": [240], "band_bps": [0]}


async def test_what_ones_machine_tells_is_labelled_so(house: House, reader: Reader) -> None:
    creator = await reader.sign_in("creator")
    sweeper = await sweeper_in(house, creator)
    asked = await sweeper.ask()
    command = "arena lab sweep --resume --out here"
    told = await sweeper.told(
        replace(asked, asked=replace(asked.asked, where={"command": command}))
    )
    assert told.id != asked.id
    path = f"{HERE}/{told.id}"
    assert command in text_of((await creator.get(path)).text)
    await sweeper.finish(told, hill(told))
    said = text_of((await creator.get(path)).text)
    assert "told by your machine" in said
    assert "lie on the machine that ran it" in said
    assert (await creator.get(f"{path}/results.parquet")).status_code == 404


async def test_anothers_sweep_looks_like_none(house: House, reader: Reader) -> None:
    creator = await reader.sign_in("creator")
    sweep = await (await sweeper_in(house, creator)).ask()
    async with Reader(house) as other:
        stranger = await other.sign_in("creator")
        for path in ("", "/study.json", "/results.parquet", "/results.csv", "/heat-map.png"):
            assert (await stranger.get(f"{HERE}/{sweep.id}{path}")).status_code == 404
        for act in ("cancel", "again"):
            assert (await stranger.send(f"{HERE}/{sweep.id}/{act}", {})).status_code == 404
        assert "No sweep yet" in text_of((await stranger.get(HERE)).text)
    assert (await creator.get(f"{HERE}/{sweep.id}/heat-map.png")).status_code == 404
    assert hidden_fields(
        (await creator.get(f"{HERE}/{sweep.id}")).text, f"{HERE}/{sweep.id}/cancel"
    )
    assert WISH.name in text_of((await creator.get(HERE)).text)
