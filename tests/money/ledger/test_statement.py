"""Statements: opening plus what moved is closing, which is the next one's opening; and many journals in one go."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from arena.kit.clock import TapeClock
from arena.kit.db import Database, Row
from arena.money.ledger import (
    JournalDiffers,
    Kind,
    Leg,
    NewJournal,
    UnknownAccount,
    post,
    post_many,
    statement,
    trial_balance,
)

DAY = timedelta(days=1)


def captured(number: int, creator: str) -> NewJournal:
    legs = [
        Leg("gateway:fake:balance", 100 + number),
        Leg(f"creator:{creator}:pending", -85 - number),
        Leg("platform:fee_income", -15),
    ]
    return NewJournal(f"pay_{number}", f"sub_{number}", legs)


async def test_a_statement_adds_up_and_goes_on_where_the_one_before_ended(db: Database) -> None:
    clock = db.clock
    assert isinstance(clock, TapeClock)
    begun = clock.now()
    for number in range(6):
        clock.move_to(begun + number * DAY)
        async with db.transaction() as tx:
            [(idem, reference, legs)] = [
                (j.idem, j.reference, j.legs) for j in [captured(number, "usr_1")]
            ]
            await post(tx, kind=Kind.PAYMENT_CAPTURED, idem=idem, reference=reference, legs=legs)
    async with db.transaction() as tx:
        code = "creator:usr_1:pending"
        first = await statement(tx, code, begun, begun + 2 * DAY)
        rest = await statement(tx, code, begun + 2 * DAY, begun + 30 * DAY)
        whole = await statement(tx, code, begun - DAY, begun + 30 * DAY)
        gateway = await statement(tx, "gateway:fake:balance", begun, begun + 30 * DAY)
    assert (first.opening, first.closing) == (0, 171)
    assert (rest.opening, rest.closing) == (171, whole.closing)
    assert [line.amount for line in first.lines + rest.lines] == [85, 86, 87, 88, 89, 90]
    assert [line.balance for line in whole.lines] == [85, 171, 258, 346, 435, 525]
    assert whole.lines[0].kind == "payment.captured"
    assert whole.lines[0].reference == "sub_0"
    assert gateway.closing == 615
    with pytest.raises(UnknownAccount):
        async with db.transaction() as tx:
            await statement(tx, "slush:fund", datetime(2020, 1, 1, tzinfo=UTC), begun)


async def test_many_journals_are_posted_in_one_go_and_once(db: Database) -> None:
    many = [captured(number, f"usr_{number % 7}") for number in range(500)]
    async with db.transaction() as tx:
        ids = await post_many(tx, kind=Kind.PAYMENT_CAPTURED, journals=many[:300])
        assert await post_many(tx, kind=Kind.PAYMENT_CAPTURED, journals=many) == [
            *ids,
            *(await post_many(tx, kind=Kind.PAYMENT_CAPTURED, journals=many))[300:],
        ]
        trial = await trial_balance(tx)
        assert await tx.fetchval("select count(*) from journal") == 500
    assert trial.sound
    assert sum(a.balance for a in trial.accounts if a.code.startswith("gateway")) == sum(
        100 + n for n in range(500)
    )


async def test_what_goes_in_among_many_is_what_goes_in_alone(db: Database) -> None:
    """Copied or inserted: the same rows, whatever the letters of their keys and references."""
    odd = [
        "\\N",
        "tab\there",
        "line\nend\r",
        'quote"',
        "{1,2}",
        "é 漢",
        *(f"sub_{n}" for n in range(30)),
    ]
    many = [
        replace(captured(n, "usr_1"), idem=f"{each}:{n}", reference=each)
        for n, each in enumerate(odd)
    ]
    kept = """select id, kind, idem, idem_hash, phase, reference, currency, amounts, array(
        select a.code from unnest(accounts) with ordinality leg(id, nr) join ledger_account a using (id) order by nr)
      from journal order by id"""
    seen: list[list[Row]] = []
    for at_once in (1, len(many)):
        with suppress(LookupError):
            async with db.transaction() as tx:
                for at in range(0, len(many), at_once):
                    await post_many(
                        tx, kind=Kind.PAYMENT_CAPTURED, journals=many[at : at + at_once]
                    )
                seen.append(await tx.fetch(kept))
                raise LookupError("undone, to do it again")
    alone, together = seen
    assert sorted(row["reference"] for row in alone) == sorted(odd)
    assert [tuple(row) for row in alone] == [tuple(row) for row in together]


async def test_of_many_with_one_that_differs_none_is_posted(db: Database) -> None:
    async with db.transaction() as tx:
        await post_many(tx, kind=Kind.PAYMENT_CAPTURED, journals=[captured(3, "usr_1")])
    with pytest.raises(JournalDiffers, match="pay_3"):
        async with db.transaction() as tx:
            many = [captured(number, "usr_2") for number in range(6)]
            await post_many(tx, kind=Kind.PAYMENT_CAPTURED, journals=many)
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from journal") == 1
