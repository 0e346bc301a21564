"""Seasons: announced beforehand, counted by their own days, frozen at their end, and unchanged for good."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import asyncpg
import numpy as np
import pytest

from arena.evidence import log
from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.db import Database, Tx
from arena.people import identity
from arena.people.access import Actor
from arena.trading import performance, portfolio
from arena.trading.market import UnknownInstrument
from arena.trading.performance import (
    NewSeason,
    NoSuchSeason,
    Season,
    SeasonMoved,
    SeasonNameTaken,
    SeasonNotFrozen,
    SeasonSpanRefused,
)
from tests.trading.performance.test_mark import add_marks, move_on
from tests.trading.tape import BTC, at, open_purse, set_up

MIDNIGHT = at(0).replace(hour=0)


def day(number: int) -> datetime:
    return MIDNIGHT + timedelta(days=number)


async def operator(db: Database) -> Actor:
    async with db.transaction() as tx:
        made = await identity.create_person(
            tx, email="op@example.org", name="Op", password="four words in a row", roles=("operator",)
        )  # fmt: skip
    return Actor("person", made.id)


async def announced(
    db: Database, who: Actor, name: str = "Autumn", begin: int = 10, end: int = 50, **more: object
) -> Season:
    async with db.transaction() as tx:
        return await performance.open_season(
            tx,
            NewSeason(name, "", MIDNIGHT + timedelta(days=begin), MIDNIGHT + timedelta(days=end), **more),  # type: ignore[arg-type]  # a filter of a test
            actor=who,
        )  # fmt: skip


async def field(db: Database) -> None:
    """Three accounts for sixty days: one earns before the season only, one within it, one is closed within it."""
    chance = np.random.default_rng(9)
    quiet = chance.normal(0, 0.001, (3, 60))
    quiet[0, :10] += 0.05
    quiet[1, 10:] += 0.004
    quiet[2, 10:] += 0.010
    for name, daily in zip(("acc_before", "acc_within", "acc_gone"), quiet, strict=True):
        await open_purse(db, name)
        await add_marks(db, name, list(100_000 * np.cumprod(1 + daily)))
    await move_on(db, 45)
    async with db.transaction() as tx:
        await portfolio.close_account(tx, "acc_gone")
        await tx.execute(
            "delete from equity_mark where account_id = 'acc_gone' and at > $1", tx.now
        )


async def test_a_season_counts_its_own_days_and_is_frozen_when_it_is_over(db: Database) -> None:
    await set_up(db)
    who = await operator(db)
    made = await announced(db, who)
    assert made.phase(db.clock.now()) == "announced"
    await field(db)
    async with db.transaction(readonly=True) as tx:
        running = await performance.season_standings(tx, made)
        assert (made.phase(tx.now), running.final) == ("running", False)
    assert await performance.freeze_seasons(db) == 0
    await move_on(db, 50)
    assert await performance.freeze_seasons(db) == 1
    assert await performance.freeze_seasons(db) == 0
    async with db.transaction(readonly=True) as tx:
        frozen = await performance.season(tx, made.id)
        result = await performance.season_standings(tx, frozen)
        board = await performance.leaderboard(tx)
    assert (frozen.phase(db.clock.now()), result.final) == ("frozen", True)
    earned = {line.account_id: line.total_return or 0.0 for line in board.lines}
    assert earned["acc_before"] > earned["acc_within"], "over their whole records"
    assert [(line.rank, line.account_id) for line in result.lines] == [
        (1, "acc_within"), (2, "acc_before"), (None, "acc_gone"),
    ]  # fmt: skip
    assert [line.daily_returns for line in result.lines] == [40, 40, 36]
    assert result.lines[2].closed_at is not None, "to leave is no way out"


async def test_what_is_frozen_never_changes(db: Database) -> None:
    await set_up(db)
    made = await announced(db, await operator(db))
    await field(db)
    await move_on(db, 51)
    await performance.freeze_seasons(db)
    async with db.transaction(readonly=True) as tx:
        frozen = await performance.season(tx, made.id)
        before = await performance.season_standings(tx, frozen)
        document = await performance.season_document(tx, made.id)
        leaf = await log.leaf(tx, frozen.log_index or 0)
    assert sha256_hex(document) == frozen.document_sha
    entry = json.loads(leaf.entry)
    assert (leaf.kind, entry["sha"], entry["season"]) == (
        "season_result",
        frozen.document_sha,
        made.id,
    )
    said = json.loads(document)
    assert canonical_json(said) == document
    assert [one["account"] for one in said["lines"]] == [one.account_id for one in before.lines]
    assert said["lines"][0]["sharpe_low"] == f"{before.lines[0].sharpe_low:.10f}"
    # History is rewritten behind its back; the result is what it was.
    async with db.transaction() as tx:
        await tx.execute("update equity_mark set equity = equity * 2 where at > $1", day(30))
        await tx.execute("delete from equity_day")
        after = await performance.season_standings(tx, frozen)
    assert after == before
    for statement in (
        "update season set document = '' where id = $1",
        "delete from season where id = $1",
        "update season_line set rank = 1 where season_id = $1",
        "delete from season_line where season_id = $1",
    ):
        with pytest.raises((asyncpg.RaiseError, asyncpg.ObjectNotInPrerequisiteStateError)):
            async with db.transaction() as tx:
                await tx.execute(statement, made.id)


@pytest.mark.parametrize(
    ("begin", "end"), [(-1, 40), (5, 34), (5, 800), (40, 5)], ids=["past", "short", "long", "back"]
)
async def test_a_span_that_makes_no_season_is_refused(db: Database, begin: int, end: int) -> None:
    await set_up(db)
    who = await operator(db)
    with pytest.raises(SeasonSpanRefused):
        await announced(db, who, begin=begin, end=end)
    with pytest.raises(SeasonSpanRefused):
        async with db.transaction() as tx:
            noon = MIDNIGHT + timedelta(days=5, hours=12)
            await performance.open_season(
                tx, NewSeason("Noon", "", noon, noon + timedelta(days=40)), actor=who
            )


async def test_only_what_has_not_begun_is_withdrawn(db: Database) -> None:
    await set_up(db)
    who = await operator(db)
    made = await announced(db, who)
    with pytest.raises(SeasonNameTaken):
        await announced(db, who, name="AUTUMN")
    async with db.transaction() as tx:
        gone = await performance.withdraw_season(tx, made.id, reason="wrong dates", actor=who)
    assert gone.phase(db.clock.now()) == "withdrawn"
    again = await announced(db, who)
    await move_on(db, 12)
    for season_id in (made.id, again.id):
        with pytest.raises(SeasonMoved):
            async with db.transaction() as tx:
                await performance.withdraw_season(tx, season_id, reason="too late", actor=who)
    async with db.transaction(readonly=True) as tx:
        assert [one.id for one in await performance.seasons(tx)] == [again.id]
        assert len(await performance.seasons(tx, withdrawn=True)) == 2
        with pytest.raises(SeasonNotFrozen):
            await performance.season_document(tx, again.id)
        with pytest.raises(NoSuchSeason):
            await performance.season(tx, "sea_" + "0" * 26)


async def test_a_season_may_be_for_some_accounts_only(db: Database) -> None:
    await set_up(db)
    who = await operator(db)
    with pytest.raises(UnknownInstrument):
        await announced(db, who, symbol="NONE-USD")
    live = await announced(db, who, "Live", venue="live")
    traded = await announced(db, who, "Bitcoin", symbol=BTC.symbol)
    await field(db)
    async with db.transaction() as tx:
        await tx.execute("update account set venue = 'binance' where id = 'acc_within'")
        await trade(tx, "acc_before", day=20)
        await trade(tx, "acc_within", day=3)  # before the season
    await move_on(db, 50)
    await performance.freeze_seasons(db)
    async with db.transaction(readonly=True) as tx:
        found = {
            one.name: [line.account_id for line in (await performance.season_standings(tx, one)).lines]
            for one in [await performance.season(tx, made.id) for made in (live, traded)]
        }  # fmt: skip
    assert found == {"Live": ["acc_within"], "Bitcoin": ["acc_before"]}


async def trade(tx: Tx, account_id: str, *, day: int) -> None:
    """A fill of an order, straight into the database."""
    when = MIDNIGHT + timedelta(days=day)
    await tx.execute(
        """insert into trade_order (id, account_id, client_order_id, symbol, side, type, quantity, status, placed_at,
             updated_at) values ($1, $2, 'one', $3, 'buy', 'market', 1, 'filled', $4, $4)""",
        f"ord_{account_id}", account_id, BTC.symbol, when,
    )  # fmt: skip
    await tx.execute(
        """insert into fill (id, order_id, account_id, number, symbol, side, quantity, price, fee, fee_asset,
             liquidity, evidence, at) values ($1, $2, $3, 1, $4, 'buy', 1, 100, 0, 'BTC', 'taker', '{}', $5)""",
        f"fil_{account_id}", f"ord_{account_id}", account_id, BTC.symbol, when,
    )  # fmt: skip
    await tx.execute(
        "insert into position (account_id, symbol, quantity, average_cost) values ($1, $2, $3, 100)",
        account_id, BTC.symbol, Decimal(1),
    )  # fmt: skip
