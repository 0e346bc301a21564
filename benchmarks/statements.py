"""The monthly statement run: the months of 1,000 creators closed, beside the bare SQL that sums the same entries."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.ids import derived
from arena.kit.money import allocate
from arena.money import statements
from arena.money.ledger import Kind, Leg, NewJournal, post_many
from benchmarks.table import Goal, ratios, show, spread

CREATORS, CHARGES, DAYS = 1_000, 40, 30
START, END = datetime(2021, 10, 1, tzinfo=UTC), datetime(2021, 11, 1, 7, tzinfo=UTC)
HOLD, REFUNDS = 7, 2  # days on hold; refunds of a creator in the month
PRICES = (2_900, 9_900, 49_900)
_ONE = """
select j.kind, sum(e.amount)::bigint, count(*) from ledger_account a join entry e on e.account_id = a.id
  join journal j on j.id = e.journal_id
where a.code = any($1) and e.phase in ('posted', 'post') and j.at >= $2 and j.at < $3 group by 1"""
_ALL = """
select split_part(a.code, ':', 2), j.kind, sum(e.amount)::bigint, count(*) from ledger_account a
  join entry e on e.account_id = a.id join journal j on j.id = e.journal_id
where a.code = any($1)
  and e.phase in ('posted', 'post') and j.at >= $2 and j.at < $3 group by 1, 2"""


async def statements_run(url: str, *, rounds: int) -> None:
    """Prints the table. A month closes once, so the creators are split over the rounds."""
    pool = await open_pool(url, size_min=1, size_max=4, as_application=True)
    share = CREATORS // rounds
    ours, each, whole, lines = [], [], [], 0
    try:
        for number in range(rounds):
            began = time.perf_counter()
            creators = [derived("usr", "statements", number, place) for place in range(share)]
            journals = await _month(Database(pool, TapeClock(START), Routing()), creators)
            made_s = time.perf_counter() - began
            db = Database(pool, TapeClock(END), Routing())
            each.append(share / await _one_by_one(db, creators))
            whole.append(share / await _all_at_once(db, creators))
            began = time.perf_counter()
            closed = await statements.close_due(db)
            ours.append(share / (time.perf_counter() - began))
            assert closed == share, f"{closed} of {share} closed"
            lines += await _lines(db, creators)
            print(
                f"round {number + 1} of {rounds}: {journals:,} journals made in {made_s:.0f} s,"
                f" {share:,} months closed at {ours[-1]:.0f} a second",
                flush=True,
            )
    finally:
        await pool.close()
    show(
        f"Monthly statements, {share * rounds:,} creators, {lines / share / rounds:.0f} lines each, {rounds} rounds",
        ["side", "creators/s", "1,000 creators, s"],
        [
            ["closed: lines, proof, hash, log, kept", spread(ours), _seconds(ours)],
            ["bare SQL, a creator at a time", spread(each), _seconds(each)],
            ["bare SQL, all in one statement", spread(whole), _seconds(whole)],
        ],
        [
            Goal("against the bare SQL, a creator at a time", ratios(ours, each), None),
            Goal("seconds for 1,000 creators", [1_000 / rate for rate in ours], 60, at_most=True),
        ],
    )  # fmt: skip


def _seconds(rates: list[float]) -> str:
    return spread([1_000 / rate for rate in rates], 1)


async def _month(db: Database, creators: list[str]) -> int:
    """Charges on every day, holds that end a week later, a few refunds, a payout at the end; how many journals."""
    assert isinstance(db.clock, TapeClock)
    count = 0
    for day in range(DAYS):
        db.clock.move_to(START + timedelta(days=day, hours=9))
        kinds: dict[Kind, list[NewJournal]] = {}
        for creator in creators:
            for kind, journal in _day(creator, day):
                kinds.setdefault(kind, []).append(journal)
        async with db.transaction() as tx:
            for kind, journals in kinds.items():
                await post_many(tx, kind=kind, journals=journals)
                count += len(journals)
    return count


def _day(creator: str, day: int) -> Iterator[tuple[Kind, NewJournal]]:
    for sale in _sales(day):
        creator_part, fee = allocate(_price(sale), [85, 15])
        legs = [
            Leg("gateway:fake:balance", _price(sale)), Leg(f"creator:{creator}:pending", -creator_part),
            Leg("platform:fee_income", -fee),
        ]  # fmt: skip
        yield Kind.PAYMENT_CAPTURED, _journal(creator, sale, "paid", legs)
    for sale in _sales(day - HOLD):
        part = allocate(_price(sale), [85, 15])[0]
        legs = [
            Leg(f"creator:{creator}:pending", part), Leg(f"creator:{creator}:available", -part),
        ]  # fmt: skip
        yield Kind.HOLD_RELEASED, _journal(creator, sale, "released", legs)
    if day % (DAYS // REFUNDS) == HOLD - 1:
        part, fee = allocate(_price(day), [85, 15])
        legs = [
            Leg(f"creator:{creator}:pending", part), Leg("platform:fee_income", fee),
            Leg("gateway:fake:balance", -part - fee),
        ]  # fmt: skip
        yield Kind.REFUND_ISSUED, _journal(creator, day, "refunded", legs)
    if day == DAYS - 1:
        legs = [Leg(f"creator:{creator}:available", 20_000), Leg("payout:in_transit", -20_000)]
        yield Kind.PAYOUT_RESERVED, _journal(creator, day, "payout", legs)


def _sales(day: int) -> range:
    """Numbers of a day's charges, spread evenly over the month."""
    if day < 0:
        return range(0)
    return range(day * CHARGES // DAYS, (day + 1) * CHARGES // DAYS)


def _price(sale: int) -> int:
    return PRICES[sale % len(PRICES)]


def _journal(creator: str, number: int, what: str, legs: list[Leg]) -> NewJournal:
    return NewJournal(f"{creator}:{what}:{number}", f"sub_{creator[4:]}{number}", legs)


def _codes(creator: str) -> list[str]:
    return [
        f"creator:{creator}:{name}" for name in ("pending", "available", "disputed", "clawback")
    ]


async def _one_by_one(db: Database, creators: list[str]) -> float:
    began = time.perf_counter()
    for creator in creators:
        async with db.transaction(readonly=True) as tx:
            await tx.fetch(_ONE, _codes(creator), START, END)
    return time.perf_counter() - began


async def _all_at_once(db: Database, creators: list[str]) -> float:
    began = time.perf_counter()
    async with db.transaction(readonly=True) as tx:
        await tx.fetch(_ALL, [code for each in creators for code in _codes(each)], START, END)
    return time.perf_counter() - began


async def _lines(db: Database, creators: list[str]) -> int:
    """Of all their documents, whose movements must be what the bare SQL sums."""
    lines = 0
    async with db.transaction(readonly=True) as tx:
        for creator in creators:
            document = (await statements.statement(tx, creator, START.date())).document
            lines += len(document["lines"])
            counted = sum(int(one["total"]) for one in document["movements"])
            summed = await tx.fetchval(
                f"select coalesce(-sum(sum), 0)::bigint from ({_ONE}) s", _codes(creator), START, END
            )  # fmt: skip
            assert counted == summed, (
                f"{creator}: {counted} in the statement, {summed} in the ledger"
            )
    return lines
