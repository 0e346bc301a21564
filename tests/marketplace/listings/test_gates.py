"""The gates, on a record made by a built-in strategist on real candles."""

import asyncio

import pytest

from arena.kit.settings import Settings
from arena.marketplace import listings, moderation
from arena.marketplace.listings import Gate
from arena.marketplace.listings.model import ChecksBusy, GatesNotPassed
from arena.people.access import Actor
from arena.signals.feeds import Feed
from tests.marketplace.market import PRICES, WORDS, Market

BARS = 200


@pytest.fixture
async def listing(market: Market, settings: Settings) -> listings.Listing:
    """A draft of the busiest built-in feed, after two days of bars."""
    settings.burn_in_days, settings.burn_in_fills = 1, 1
    employed = await market.stage.employ()
    await market.stage.play(BARS, deciding=True)
    feed = await _busiest(market, employed)
    async with market.db.transaction() as tx:
        return await listings.draft(
            tx, feed_id=feed.id, words=WORDS, tiers=PRICES, actor=owner(feed)
        )


async def _busiest(market: Market, employed: list[Feed]) -> Feed:
    async with market.db.transaction() as tx:
        account = await tx.fetchval(
            "select account_id from fill group by account_id order by count(*) desc, account_id limit 1"
        )
    return next(feed for feed in employed if feed.account_id == account)


def owner(feed: Feed) -> Actor:
    return Actor("collective", feed.collective_id, frozenset({"listings:write"}))


async def checks(market: Market, listing: listings.Listing) -> dict[str, Gate]:
    async with market.db.transaction() as tx:
        return {gate.name: gate for gate in await listings.gates(tx, listing, market.settings)}


async def actor_of(market: Market, listing: listings.Listing) -> Actor:
    async with market.db.transaction() as tx:
        return Actor("collective", await tx.fetchval(
            "select collective_id from feed where id = $1", listing.feed_id))  # fmt: skip


async def test_a_sound_record_passes_all_gates_and_is_reviewed(
    market: Market, listing: listings.Listing
) -> None:
    found = await checks(market, listing)
    assert [name for name, gate in found.items() if not gate.passed] == []
    assert set(found) == {"feed_open", "burn_in_days", "burn_in_fills", "chain", "record"}
    actor = await actor_of(market, listing)
    operator, _ = await market.operator()
    async with market.db.transaction() as tx:
        case = await moderation.submit(tx, listing.id, actor=actor, settings=market.settings)
        assert [c.id for c in await moderation.cases(tx)] == [case.id]
        await moderation.approve(tx, case.id, actor=operator, reason="Record and words agree.")
        now = await listings.listing(tx, listing.id)
        assert await moderation.cases(tx) == []
        scored = await listings.score_of(tx, listing.id)
    assert now.status is listings.Status.LISTED
    assert now.listed_at == market.stage.now
    assert scored is not None
    assert scored["metrics"]["fills"] >= 1
    assert scored["score"]["value"] is None, "two days are no record to rank"


async def test_a_record_that_is_too_short_is_refused_with_all_gates_and_reasons(
    market: Market, listing: listings.Listing, settings: Settings
) -> None:
    settings.burn_in_days, settings.burn_in_fills = 30, 2_000
    actor = await actor_of(market, listing)
    async with market.db.transaction() as tx:
        with pytest.raises(GatesNotPassed) as refused:
            await moderation.submit(tx, listing.id, actor=actor, settings=settings)
        assert not await listings.burnt_in(tx, listing, settings)
    said = refused.value.facts["gates"]
    assert isinstance(said, list)
    gates = {gate["name"]: gate for gate in said}
    assert [name for name, gate in gates.items() if not gate["passed"]] == [
        "burn_in_days",
        "burn_in_fills",
    ]
    assert "of 30 days" in gates["burn_in_days"]["detail"]


@pytest.mark.parametrize(
    ("forgery", "gate"),
    [
        ("update fill set price = price + 1 where id = (select min(id) from fill where account_id = $1)", "record"),
        ("delete from fill where id = (select min(id) from fill where account_id = $1)", "record"),
        ("update equity_mark set equity = equity * 2 where account_id = $1", "record"),
        ("update signal set target_weight = 0.9, body = jsonb_set(body, '{target_weight}', '\"0.9\"')"
         " where feed_id = (select id from feed where account_id = $1) and sequence = 1", "chain"),
        ("delete from signal where feed_id = (select id from feed where account_id = $1) and sequence ="
         " (select last_sequence from feed where account_id = $1)", "chain"),
    ],
    ids=["fill edited", "fill dropped", "equity doubled", "signal edited", "signal dropped"],
)  # fmt: skip
async def test_a_forged_record_does_not_pass(
    market: Market, listing: listings.Listing, forgery: str, gate: str
) -> None:
    async with market.db.transaction() as tx:
        account = await tx.fetchval("select account_id from feed where id = $1", listing.feed_id)
        for table in ("fill", "signal"):
            await tx.execute(f"alter table {table} disable trigger ro")
        assert await tx.execute(forgery, account) > 0
    found = await checks(market, listing)
    assert not found[gate].passed, found
    actor = await actor_of(market, listing)
    async with market.db.transaction() as tx:
        with pytest.raises(GatesNotPassed):
            await moderation.submit(tx, listing.id, actor=actor, settings=market.settings)


async def test_only_its_creator_submits_a_listing(
    market: Market, listing: listings.Listing
) -> None:
    _, stranger, _ = await market.creator()
    async with market.db.transaction() as tx:
        with pytest.raises(Exception, match="another creator"):
            await moderation.submit(tx, listing.id, actor=stranger, settings=market.settings)


async def test_scores_are_derived_and_can_be_rebuilt(
    market: Market, listing: listings.Listing
) -> None:
    actor = await actor_of(market, listing)
    async with market.db.transaction() as tx:
        for status in (listings.Status.SUBMITTED, listings.Status.LISTED):
            await listings.move(tx, listing.id, status, actor=actor)
        assert await listings.rescore(tx) == 1
        assert await listings.rescore(tx) == 0, "once a product day"
        before = await listings.score_of(tx, listing.id)
        await tx.execute("delete from listing_score")
        assert await listings.rescore(tx) == 1
        assert await listings.score_of(tx, listing.id) == before


async def test_who_asks_again_and_again_does_not_take_all_connections(
    market: Market, listing: listings.Listing
) -> None:
    await asyncio.gather(*(_connection(market) for _ in range(6)))  # none waits to be opened below
    found = await asyncio.gather(
        *(checks(market, listing) for _ in range(6)), return_exceptions=True
    )
    busy = [one for one in found if isinstance(one, ChecksBusy)]
    assert len(busy) == 4
    assert (await checks(market, listing))["record"].passed


async def _connection(market: Market) -> None:
    async with market.db.transaction(readonly=True) as tx:
        await tx.execute("select pg_sleep(0.3)")
