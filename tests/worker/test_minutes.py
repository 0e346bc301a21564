"""Where bars are longer than a minute, what trades by itself is marked at each full minute, at the last trade."""

from datetime import timedelta
from decimal import Decimal

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import performance
from arena.worker.minutes import Minutes
from tests.conftest import START
from tests.trading.floor.stage import Member, buy, enrol, open_floor


async def equities(db: Database, member: Member) -> list[tuple[float, Decimal]]:
    """Minutes since the tape's start, and what the account was worth."""
    async with db.transaction(readonly=True) as tx:
        curve = await performance.curve(tx, member.account_id)
    return [((mark.at - START).total_seconds() / 60, mark.equity) for mark in curve]


async def test_minutes_between_bars_are_marked_once_at_the_last_trade(
    db: Database, settings: Settings
) -> None:
    async with open_floor(db, settings) as (floor, hand):
        member = await enrol(db, floor, cash=100_000)
        hand.quiet("BTCUSDT", 50_000)
        await floor.place(member.account_id, buy(1), by=member.actor)
        minutes = Minutes(db, floor, interval_s=900)
        await minutes.pass_to(START + timedelta(seconds=20))
        hand.trade("BTCUSDT", 51_000, "0.001")
        await minutes.pass_to(START + timedelta(seconds=61))
        hand.trade("BTCUSDT", 52_000, "0.001")
        await minutes.pass_to(START + timedelta(seconds=65))
        await minutes.pass_to(START + timedelta(seconds=185))
        made = await equities(db, member)
        held = (await floor.account(member.account_id)).balances["BTC"].free
    assert [minute for minute, _ in made] == [1, 3]
    assert made[1][1] - made[0][1] == 1_000 * held


async def test_the_minute_of_a_bars_close_is_left_to_the_bar(
    db: Database, settings: Settings
) -> None:
    async with open_floor(db, settings) as (floor, hand):
        member = await enrol(db, floor, cash=100_000)
        hand.quiet("BTCUSDT", 50_000)
        await floor.place(member.account_id, buy(1), by=member.actor)
        quarter, each = Minutes(db, floor, interval_s=900), Minutes(db, floor, interval_s=60)
        for minute in (13.5, 14, 15, 16):
            await quarter.pass_to(START + timedelta(minutes=minute))
            await each.pass_to(START + timedelta(minutes=minute))
        made = await equities(db, member)
    assert [minute for minute, _ in made] == [14, 16]
