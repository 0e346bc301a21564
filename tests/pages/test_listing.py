"""The listing page: figures that are those of the API, intervals, phases, the legend beside each, and the way to
subscribe; for strangers, subscribers, owners and operators."""

import json
import math
import re

import numpy as np
import pytest
from playwright.async_api import Browser

from arena.kit.money import Money
from arena.marketplace import listings
from arena.people.access import SYSTEM
from arena.signals import feeds
from arena.signals.lab.trials import Configuration, register_trials
from arena.trading import performance
from arena.web.page.numbers import percent, ratio, signed_percent
from arena.web.views.offer import TierOffer
from tests.pages.long_record import BURN_IN_DAYS, long_record
from tests.pages.looking import look_at
from tests.pages.own_feed import OwnFeed, own_feed
from tests.pages.purchases import with_seats
from tests.pages.reader import Reader, text_of
from tests.pages.sections import sections_of, without_legend
from tests.pages.submissions import HOSTILE, drafted, one
from tests.stories.house import House


@pytest.fixture(scope="module")
async def long(house: House) -> OwnFeed:
    return await long_record(house)


async def move(house: House, own: OwnFeed, *statuses: listings.Status) -> None:
    async with house.arena.db.transaction() as tx:
        for status in statuses:
            await listings.move(tx, own.listing_id, status, actor=SYSTEM)


def stats_of(html: str) -> dict[str, str]:
    """The six figures with their intervals, by name."""
    found = re.findall(r'<div class="stat">\s*<dt>(.*?)</dt>\s*<dd>(.*?)</dd>', html, re.DOTALL)
    return {text_of(name).strip(): text_of(value).strip() for name, value in found}


async def test_figures_on_the_page_are_those_of_the_api(reader: Reader, long: OwnFeed) -> None:
    api = (await reader.get(f"/market/listings/{long.listing_id}")).json()
    page = await reader.get(f"/listings/{long.listing_id}")
    metrics, stats = api["metrics"], stats_of(page.text)
    assert len(stats) == 6
    sharpe = stats["Net Sharpe, annual"]
    assert (
        sharpe
        == f"{ratio(metrics['sharpe'])} {ratio(metrics['sharpe_low'])} to {ratio(metrics['sharpe_high'])}"
    )
    assert stats["Net return, annualised"].startswith(signed_percent(metrics["cagr"]))
    assert stats["Volatility, annual"].startswith(percent(metrics["volatility"]))
    assert stats["Worst drawdown so far"].startswith(percent(metrics["max_drawdown"]))
    assert stats["Winning days"].startswith(percent(metrics["hit_rate"], 0))
    assert stats["Length of record"].startswith(f"{api['history_days']} days")
    score = api["score"]
    trust = sections_of(page.text)["trust"]
    assert f"{score['value']} of 100" in trust
    assert f"{ratio(score['low'])} to {ratio(score['high'])}" in trust
    for figure in (ratio(score["mean"]), percent(score["probability_above"], 0)):
        assert figure in trust


async def test_intervals_on_the_page_follow_from_the_public_curve(
    reader: Reader, house: House, long: OwnFeed
) -> None:
    api = (await reader.get(f"/market/listings/{long.listing_id}")).json()
    html = (await reader.get(f"/listings/{long.listing_id}")).text
    account = re.search(r"/accounts/(acc_\w+)/curve", html)
    assert account is not None
    curve = (await reader.get(account[0])).json()
    levels = np.array([float(curve["opening_cash"]), *(float(p["equity"]) for p in curve["data"])])
    found = performance.intervals(levels[1:] / levels[:-1] - 1, cagr=api["metrics"]["cagr"])
    stats = stats_of(html)
    assert found.cagr is not None
    assert found.volatility is not None
    assert found.hit_rate is not None
    for name, interval, spelt in (
        ("Net return, annualised", found.cagr, signed_percent),
        ("Volatility, annual", found.volatility, percent),
    ):
        assert f"{spelt(interval.low)} to {spelt(interval.high)}" in stats[name]
    whole = f"{percent(found.hit_rate.low, 0)} to {percent(found.hit_rate.high, 0)}"
    assert whole in stats["Winning days"]
    assert found.cagr.low <= api["metrics"]["cagr"] <= found.cagr.high


async def test_months_are_those_of_the_api_and_years_compound_them(
    reader: Reader, long: OwnFeed
) -> None:
    months = (await reader.get(f"/market/listings/{long.listing_id}")).json()["metrics"]["monthly"]
    html = (await reader.get(f"/listings/{long.listing_id}")).text
    shown = [
        float(cell.replace("−", "-"))
        for cell in re.findall(r'<td class="number (?:gain-\d|loss-\d|level)">(.*?)</td>', html)
    ]
    newest_first = sorted(months, key=lambda m: (-int(m["month"][:4]), m["month"]))
    assert shown == [pytest.approx(m["net_return"] * 100, abs=0.051) for m in newest_first]
    totals = re.findall(r'<td class="number total [\w-]+">(.*?)</td>', html)
    for year, total in zip(sorted({m["month"][:4] for m in months}, reverse=True), totals, strict=True):  # fmt: skip
        whole = math.prod(1 + m["net_return"] for m in months if m["month"][:4] == year) - 1
        assert float(total.replace("−", "-")) == pytest.approx(whole * 100, abs=0.051)


async def test_public_figures_end_with_the_last_midnight(
    reader: Reader, house: House, long: OwnFeed
) -> None:
    """Whatever the hour: what a feed has earned since is for its subscribers."""
    html = (await reader.get(f"/listings/{long.listing_id}")).text
    midnight = house.arena.db.clock.now().replace(hour=0, minute=0)
    label = re.search(r'aria-label="(Hypothetical equity[^"]*)"', html)
    account = re.search(r"/accounts/(acc_\w+)/curve", html)
    assert label is not None
    assert account is not None
    assert f"to {midnight.day} {midnight:%b %Y}" in label[1]
    last = (await reader.get(account[0])).json()["data"][-1]
    assert f"{float(last['equity']):,.0f}" in label[1]
    sql = (
        "select equity from equity_mark where account_id = $1 and at > $2 order by at desc limit 1"
    )
    newest = await one(house, sql, account[1], midnight)
    assert newest is not None, "the record goes on after midnight"
    assert f"{newest:,.0f}" not in text_of(html)
    assert f"{newest:,.0f}" not in label[1]


async def test_phases_part_where_the_listing_came_on_offer(reader: Reader, long: OwnFeed) -> None:
    html = (await reader.get(f"/listings/{long.listing_id}")).text
    bands = re.findall(r'<rect class="phase (\w+)" x="([\d.]+)%"', html)
    assert [kind for kind, _ in bands] == ["burn_in", "forward"]
    assert float(bands[1][1]) == pytest.approx(100 * BURN_IN_DAYS / 420, abs=0.3)
    record = sections_of(html)["record"]
    assert "burn-in" in record
    assert "forward, on offer" in record


async def test_no_figure_stands_without_its_legend(reader: Reader, long: OwnFeed) -> None:
    html = (await reader.get(f"/listings/{long.listing_id}")).text
    assert without_legend(html) == []
    assert "do not represent actual trading" in text_of(html)
    assert sections_of(html)["record"].count("Hypothetical performance.") == 1
    assert without_legend("<section id='x'>+12.3 %</section>") == ["x: ['12.3 %']"]


async def test_the_page_says_how_many_trials_the_model_took(reader: Reader, house: House) -> None:
    """The model of the tests' own feeds has no trials but these; its collective has no owner."""
    own = await own_feed(house)
    path = f"/listings/{own.listing_id}"
    model = sections_of((await reader.get(path)).text)["model"]
    assert "No trial of this model is registered" in model
    async with house.arena.db.transaction() as tx:
        lineage = (await feeds.feed(tx, own.feed_id)).lineage
        runs = [Configuration(lineage, "lab-1", seed=seed) for seed in range(1200)]
        await register_trials(tx, own.collective_id, runs, kind="sweep_member")
    html = (await reader.get(path)).text
    model = sections_of(html)["model"]
    assert "1,200 configurations of this model are registered as tried" in model
    assert "so that their figures may count: 0" in model
    register = re.search(r'href="(/lab/trials\?family=fam_\w+)"', html)
    assert register is not None
    assert (await reader.get(register[1])).json()["data"][0]["kind"] == "sweep_member"


async def test_before_the_first_midnight_the_page_says_when_figures_come(
    reader: Reader, house: House, browser: Browser
) -> None:
    own = await own_feed(house, "Brand New")
    page = await reader.get(f"/listings/{own.listing_id}")
    words = text_of(page.text)
    assert "No figures yet" in words
    assert {"months", "trust"}.isdisjoint(sections_of(page.text))
    assert 'href="#trust"' not in page.text
    assert "Take Pro" in words
    assert without_legend(page.text) == []
    await look_at(browser, house, f"/listings/{own.listing_id}", "listing-empty")


async def test_markup_in_words_is_harmless_everywhere(reader: Reader, house: House) -> None:
    own = await long_record(house, HOSTILE[:110])
    page = await reader.get(f"/listings/{own.listing_id}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "&lt;script&gt;alert" in page.text
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL)
    assert data is not None
    assert "<" not in data[1]
    assert json.loads(data[1])["name"] == HOSTILE[:110].strip()
    picture = await reader.get(f"/listings/{own.listing_id}/picture.png")
    assert picture.content.startswith(b"\x89PNG")


async def test_a_draft_is_seen_by_its_creator_and_operators_only(
    reader: Reader, house: House
) -> None:
    await reader.sign_in("creator")
    made, _ = await drafted(house, reader)
    page = await reader.get(f"/listings/{made.id}")
    assert page.status_code == 200
    assert "Not on offer yet" in page.text or "To the studio" in page.text
    assert 'content="noindex"' in page.text
    assert "og:title" not in page.text
    async with Reader(house) as stranger, Reader(house) as operator:
        await operator.sign_in("operator")
        for path in (f"/listings/{made.id}", f"/listings/{made.id}/picture.png"):
            assert (await stranger.get(path)).status_code == 404
            assert (await operator.get(path)).status_code == 200
        assert (
            (await operator.get(f"/listings/{made.id}/picture.png"))
            .headers["cache-control"]
            .startswith("private")
        )
        await stranger.sign_in()
        assert (await stranger.get(f"/listings/{made.id}")).status_code == 404


async def test_what_does_not_exist_is_a_page_that_says_so(reader: Reader) -> None:
    missing = await reader.get("/listings/lst_00000000000000000000000000")
    assert (missing.status_code, "no such listing" in text_of(missing.text)) == (404, True)
    assert (await reader.get("/listings/lst_%00")).status_code == 422


async def test_each_reader_gets_the_one_thing_to_do_next(reader: Reader, house: House) -> None:
    own = await own_feed(house)
    path = f"/listings/{own.listing_id}"
    stranger = (await reader.get(path)).text
    assert f'href="/subscribe/{own.listing_id}/pro"' in stranger
    assert "Take down" not in stranger
    await reader.sign_in()
    held = await own.subscribe(reader, "pro")
    subscriber = (await reader.get(path)).text
    assert f'href="/subscriptions/{held.id}"' in subscriber
    assert "You have <strong>Pro</strong>, paid until" in subscriber
    assert f"/subscribe/{own.listing_id}/" not in re.sub(r"<script.*?</script>", "", subscriber)
    async with Reader(house) as operator, Reader(house) as creator:
        await operator.sign_in("operator")
        assert f'href="/operator/listings/{own.listing_id}"' in (await operator.get(path)).text
        await creator.sign_in("creator")
        async with house.arena.db.transaction() as tx:
            await tx.execute(
                "update collective set owner_id = $2 where id = $1", own.collective_id, creator.person_id
            )  # fmt: skip
        owned = (await creator.get(path)).text
        assert f'href="/studio/{own.listing_id}"' in owned
        assert "Take Pro" not in owned


async def test_what_waits_for_its_card_says_so(reader: Reader, house: House) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    await own.subscribe(reader, "pro", "4000002500003155")
    page = (await reader.get(f"/listings/{own.listing_id}")).text
    assert "its charge is not through" in page
    assert f'href="/subscribe/{own.listing_id}/pro"' in page


async def test_seats_are_counted_and_a_full_tier_has_no_button(
    reader: Reader, house: House, browser: Browser
) -> None:
    own = await own_feed(house)
    await with_seats(house, own, 0, 1, 7)
    html = (await reader.get(f"/listings/{own.listing_id}")).text
    tiers = sections_of(html)["tiers"]
    assert ("Sold out" in tiers, "1 seat left" in tiers, "7 seats left" in tiers) == (True,) * 3
    assert "Take Basic" not in tiers
    assert "Take Pro" in tiers
    await look_at(browser, house, f"/listings/{own.listing_id}", "listing-seats")
    await with_seats(house, own, 0, 0, 0)
    full = (await reader.get(f"/listings/{own.listing_id}")).text
    assert "every seat of every tier is taken" in full
    assert "Take " not in sections_of(full)["tiers"]


async def test_paused_and_delisted_are_said_plainly_and_sell_nothing(
    reader: Reader, house: House, browser: Browser
) -> None:
    own = await own_feed(house)
    path = f"/listings/{own.listing_id}"
    await move(house, own, listings.Status.PAUSED)
    paused = (await reader.get(path)).text
    assert "Paused by its creator" in paused
    assert f'href="/subscribe/{own.listing_id}' not in paused
    assert "https://schema.org/Discontinued" in paused
    await look_at(browser, house, path, "listing-paused")
    await move(house, own, listings.Status.DELISTED)
    gone = (await reader.get(path)).text
    assert "Off the market for good" in gone
    assert f'href="/subscribe/{own.listing_id}' not in gone


async def test_versions_name_their_log_entries_and_hashes_their_documents(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house)
    await with_seats(house, own, None, 3, None)
    html = (await reader.get(f"/listings/{own.listing_id}")).text
    entries = re.findall(r'href="(/log/entries/\d+)"', sections_html(html, "model"))
    assert len(entries) == 2
    for entry in entries:
        found = (await reader.get(entry)).json()
        assert (found["kind"], found["reference"][:-2]) == ("listing_version", own.listing_id)
    documents = re.findall(r'href="(/documents/[0-9a-f]{64})"', html)
    assert len(set(documents)) == 4
    for document in documents:
        assert (await reader.get(document)).status_code == 200
    assert f"sigma verify {own.listing_id}" in html


def sections_html(html: str, section: str) -> str:
    found = re.search(rf'<section id="{section}".*?</section>', html, re.DOTALL)
    assert found is not None
    return found[0]


async def test_the_fee_is_shown_at_three_capitals(reader: Reader, house: House) -> None:
    own = await own_feed(house)
    tiers = sections_of((await reader.get(f"/listings/{own.listing_id}")).text)["tiers"]
    # 29 dollars a month on 1,000 and 499 on 10,000: 34.8 and 59.88 per cent a year.
    assert "Basic 34.8 % 3.5 % 0.3 %" in tiers
    assert "Enterprise 598.8 % 59.9 % 6.0 %" in tiers


async def test_strangers_share_the_page_and_ask_for_it_once(reader: Reader, house: House) -> None:
    own = await own_feed(house)
    first = await reader.get(f"/listings/{own.listing_id}")
    assert first.headers["cache-control"].startswith("public")
    again = await reader.get(
        f"/listings/{own.listing_id}", headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304
    await reader.sign_in()
    mine = await reader.get(f"/listings/{own.listing_id}")
    assert mine.headers["cache-control"].startswith("private")


def test_the_fee_of_a_year_is_exact() -> None:
    assert TierOffer("basic", Money(2_900), None).drag(1_000) == 0.348
    assert TierOffer("enterprise", Money(49_900), None).drag(10_000) == 0.5988
