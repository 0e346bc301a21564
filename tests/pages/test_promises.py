"""What a listing is held to: shown beside the record, changed by its creator, and said plainly where it is broken."""

from playwright.async_api import Browser

from arena.kit.clock import iso_ms
from arena.marketplace import listings
from arena.people.access import Actor
from arena.signals import feeds
from tests.marketplace.market import PRICES
from tests.pages.long_record import long_record
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.pages.sections import without_legend
from tests.pages.submissions import actor_of, author_in
from tests.pages.test_draft import TYPED
from tests.pages.test_lab import adopt, keep
from tests.stories.house import House


async def drafted(house: House, creator: Reader) -> listings.Listing:
    """The draft of a card, held to what follows from it but for the deepest fall."""
    author = await author_in(house, creator.person_id)
    kept = await keep(house, author, name="Held To It")
    await adopt(house, author, kept)
    async with house.arena.db.transaction() as tx:
        return await listings.publish_card(
            tx, kept.sha, author.feed.id, tiers=PRICES, actor=actor_of(creator, "creator"),
            thresholds=listings.Thresholds(drawdown_max_pct=25),
        )  # fmt: skip


async def test_a_creator_sees_what_a_draft_is_held_to_and_how_it_was_chosen(
    house: House, reader: Reader, browser: Browser
) -> None:
    creator = await reader.sign_in("creator")
    made = await drafted(house, creator)
    page = await creator.get(f"/studio/{made.id}")
    said = text_of(page.text)
    assert "What you hold it to" in said
    assert "at most 25 % is promised" in said.lower()
    assert "it is told from 30 days of record on" in said
    assert "Configurations tried" in said
    assert "probability, by cross-validation" in said
    assert without_legend(page.text) == []
    await look_at(browser, house, f"/studio/{made.id}", "studio-held", cookies=creator.cookies)
    await look_at(browser, house, f"/studio/{made.id}/edit", "draft-held", cookies=creator.cookies)


async def test_a_changed_promise_is_a_version_and_an_empty_field_takes_none_back(
    house: House, reader: Reader
) -> None:
    creator = await reader.sign_in("creator")
    made = await drafted(house, creator)
    path = f"/studio/{made.id}/edit"
    page = (await creator.get(path)).text
    assert 'name="drawdown_max_pct" type="text" value="25"' in page
    typed = {**TYPED, "note": "Tighter", "expected_version": "1", "drawdown_max_pct": "15"}
    answer = await creator.send(path, {**typed, "volatility_max_pct": ""})
    assert answer.status_code == 200, text_of(answer.text)
    async with house.arena.db.transaction(readonly=True) as tx:
        now = await listings.listing(tx, made.id)
    assert now.version == 2
    assert now.thresholds is not None
    assert (now.thresholds.drawdown_max_pct, now.thresholds.volatility_max_pct) == (15, 200)
    changes = text_of((await creator.get(f"/studio/{made.id}")).text)
    assert "Deepest fall promised" in changes
    wrong = await creator.send(path, {**typed, "expected_version": "2", "drawdown_max_pct": "150"})
    assert wrong.status_code == 422
    assert 'value="150"' in wrong.text


async def test_a_broken_promise_stands_on_the_listing(
    house: House, reader: Reader, browser: Browser
) -> None:
    own = await long_record(house, "Promised Too Much")
    async with house.arena.db.transaction() as tx:
        listing = await listings.listing(tx, own.listing_id)
        feed = await feeds.feed(tx, own.feed_id)
        await listings.update(
            tx, own.listing_id, words=listing.words, tiers=listing.tiers, note="Holds itself to something",
            thresholds=listings.Thresholds(drawdown_max_pct=3, weight_max_pct=100),
            actor=Actor("collective", feed.collective_id),
        )  # fmt: skip
        midnight = listings.last_midnight(tx.now)
    page = await reader.get(f"/listings/{own.listing_id}")
    said = text_of(page.text)
    assert "Not kept: Deepest fall" in said
    assert "at most 3 % is promised" in said
    assert without_legend(page.text) == [], iso_ms(midnight)
    await look_at(browser, house, f"/listings/{own.listing_id}", "listing-broken-promise")


async def test_a_listing_without_thresholds_has_no_such_part(house: House, reader: Reader) -> None:
    own = await long_record(house, "Promises Nothing")
    page = await reader.get(f"/listings/{own.listing_id}")
    assert "What it is held to" not in text_of(page.text)
