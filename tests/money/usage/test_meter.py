"""The meter: each call once, none beyond the cap, and a crash forgets a moment at most."""

import asyncio
import contextlib
from datetime import UTC, datetime

import asyncpg
import pytest
from starlette.responses import Response

from arena.kit.clock import TapeClock
from arena.kit.db import Database, DatabaseBusy
from arena.kit.money import Money
from arena.money import ledger, usage
from arena.money.usage import meter as metering
from arena.money.usage import store
from arena.people.access import SYSTEM, Actor

CALLER = Actor("person", "usr_caller", frozenset(), "api_1")
SEPTEMBER = datetime(2021, 9, 1, tzinfo=UTC)


async def plan(db: Database, cap: int | None = None, **terms: int) -> usage.Plan:
    async with db.transaction() as tx:
        return await usage.open_plan(tx, usage.NewPlan(CALLER.id, cap=cap, **terms), actor=SYSTEM)


async def counted(db: Database) -> int:
    async with db.transaction(readonly=True) as tx:  # one moment
        events = await tx.fetchval("select coalesce(sum(units), 0)::bigint from usage_event")
        months = await tx.fetchval("select coalesce(sum(units), 0)::bigint from usage_month")
    assert events == months, "counters follow from events"
    return int(events)


async def call(meter: usage.Meter, times: int = 1, *, well: bool = True) -> int:
    """How many were let through."""
    through = 0
    for _ in range(times):
        with contextlib.suppress(usage.CapReached):
            slot = await meter.admit(CALLER)
            assert slot is not None
            through += 1
            await asyncio.sleep(0)
            if well:
                slot.count("api_1")
            else:
                slot.give_back()
    return through


async def test_calls_are_gathered_and_counted_once_by_key(db: Database) -> None:
    await plan(db)
    meter = usage.Meter(db)
    await call(meter, 25)
    await call(meter, 3, well=False)
    assert await meter.flush() == 25
    assert await meter.flush() == 0
    assert await counted(db) == 25


async def test_who_has_no_plan_and_who_uses_no_key_is_not_counted(db: Database) -> None:
    meter = usage.Meter(db)
    assert await meter.admit(CALLER) is None
    await plan(db)
    session = Actor("person", CALLER.id)
    assert await usage.Meter(db).admit(session) is None


async def test_bursts_of_several_processes_do_not_pass_the_cap(db: Database) -> None:
    await plan(db, cap=300)  # cents: 300 calls
    meters = [usage.Meter(db) for _ in range(3)]
    through = await asyncio.gather(*(call(meter, 40) for meter in meters for _ in range(5)))
    for meter in meters:
        await meter.close()
    assert await counted(db) == sum(through) <= 300
    last = usage.Meter(db)
    assert sum(through) + await call(last, 300) == 300, (
        "what was held and not used is there for others"
    )
    await last.close()
    assert await counted(db) == 300


async def test_what_did_not_go_well_or_was_not_used_can_be_called_by_others(db: Database) -> None:
    await plan(db, cap=100)
    first, second = usage.Meter(db), usage.Meter(db)
    assert await call(first, 30, well=False) == 30
    assert await call(first, 10) == 10
    await first.close()
    assert await call(second, 200) == 90
    await second.close()
    assert await counted(db) == 100


async def test_a_cap_of_a_burst_is_hard_inside_transactions_as_well(db: Database) -> None:
    await plan(db, cap=5)
    meter = usage.Meter(db)

    async def answered() -> Response:
        return Response(status_code=201)

    async def act(number: int) -> int:
        try:
            async with db.transaction() as tx:
                return (await meter.within(tx, CALLER, f"intent {number}", answered)).status_code
        except usage.CapReached:
            return 402

    statuses = await asyncio.gather(*(act(number) for number in range(12)))
    assert sorted(statuses) == [201] * 5 + [402] * 7
    assert await counted(db) == 5


async def test_a_repeat_of_an_intent_counts_once_and_a_refusal_not_at_all(db: Database) -> None:
    await plan(db)
    meter = usage.Meter(db)
    for status in (200, 200, 422):

        async def answer(status: int = status) -> Response:
            return Response(status_code=status)

        async with db.transaction() as tx:
            await meter.within(tx, CALLER, "one", answer)
        await meter.gathered(CALLER, "two", answer)
    await meter.flush()
    assert await counted(db) == 2


async def test_a_transaction_that_rolls_back_takes_its_count_with_it(db: Database) -> None:
    await plan(db)
    meter = usage.Meter(db)

    async def answer() -> Response:
        return Response()

    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as tx:
            await meter.within(tx, CALLER, "one", answer)
            raise ZeroDivisionError
    assert await counted(db) == 0


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
async def test_a_line_that_breaks_while_counting_counts_nothing_twice_and_loses_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    await plan(db, cap=1_000)
    meter = usage.Meter(db)
    await call(meter, 40)
    real = db.transaction

    @contextlib.asynccontextmanager
    async def broken(*, readonly: bool = False):  # type: ignore[no-untyped-def]  # as the real one
        async with real(readonly=readonly) as tx:
            yield tx
            if moment == "before the commit":
                raise DatabaseBusy
        raise DatabaseBusy

    with monkeypatch.context() as away:
        away.setattr(db, "transaction", broken)
        with pytest.raises(DatabaseBusy):
            await meter.flush()
    await call(meter, 2)
    await meter.flush()
    assert await counted(db) == 42
    await meter.close()
    async with db.transaction() as tx:
        assert await store.leased(tx, (await usage.live_plan(tx, CALLER.id)).id, SEPTEMBER) == 0


async def test_repeats_that_count_nothing_give_back_what_was_held_for_them(db: Database) -> None:
    agreed = await plan(db, cap=100)
    first, second = usage.Meter(db), usage.Meter(db)

    async def answer() -> Response:
        return Response()

    for meter in (first, second):
        await meter.gathered(CALLER, "the same", answer)
        await meter.close()
    async with db.transaction() as tx:
        assert await store.leased(tx, agreed.id, SEPTEMBER) == 0
    assert await counted(db) == 1


async def test_an_answer_that_is_lost_takes_nothing_off_a_lease_that_was_taken_since(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed = await plan(db, cap=100)
    meter, other = usage.Meter(db), usage.Meter(db)
    real = db.transaction

    @contextlib.asynccontextmanager
    async def broken(*, readonly: bool = False):  # type: ignore[no-untyped-def]  # as the real one
        async with real(readonly=readonly) as tx:
            yield tx
        raise DatabaseBusy

    assert await call(meter, 25) == 25  # the whole of its first lease
    with monkeypatch.context() as away:
        away.setattr(db, "transaction", broken)
        with pytest.raises(DatabaseBusy):
            await meter.flush()
    slots = [await meter.admit(CALLER) for _ in range(10)]  # of the next one, and under way
    await meter.flush()
    async with db.transaction() as tx:
        held = await store.leased(tx, agreed.id, SEPTEMBER)
    assert held >= 10, "the repeat did not take them off"
    through = await call(other, 100)
    for slot in slots:
        assert slot is not None
        slot.count("api_1")
    await meter.close()
    await other.close()
    assert await counted(db) == 25 + 10 + through <= 100


async def test_a_process_that_is_killed_forgets_only_what_it_had_not_committed(
    db: Database,
) -> None:
    await plan(db)
    meter = usage.Meter(db, gather_s=0.01)
    running = asyncio.ensure_future(meter.run())
    await call(meter, 50)
    async with asyncio.timeout(5):
        while await counted(db) < 50:
            await asyncio.sleep(0.01)
    running.cancel()
    await call(meter, 7)  # and now the power is off
    again = usage.Meter(db)
    await call(again, 1)
    await again.flush()
    assert await counted(db) == 51


async def test_a_new_cap_holds_as_soon_as_its_news_is_heard(db: Database) -> None:
    await plan(db)
    meter = usage.Meter(db)
    await call(meter, 3)
    async with db.transaction() as tx:
        await usage.set_cap(tx, CALLER.id, 4, actor=SYSTEM)
    meter.forget(CALLER.id)
    await meter.flush()
    assert await call(meter, 5) == 1


async def test_alerts_are_told_once_each_as_the_cap_comes_near(db: Database) -> None:
    await plan(db, cap=100)
    meter = usage.Meter(db)
    seen = []
    for times in (49, 1, 29, 1, 19, 1, 5):
        await call(meter, times)
        await meter.flush()
        async with db.transaction() as tx:
            facts = await tx.fetch("select body from fact where kind = 'UsageAlerted' order by id")
        seen.append([fact["body"]["percent"] for fact in facts])
    assert seen == [[], [50], [50], [50, 80], [50, 80], [50, 80, 100], [50, 80, 100]]


async def test_a_month_is_invoiced_once_a_day_after_its_end_with_what_is_late_on_the_next(
    db: Database,
) -> None:
    agreed = await plan(db)
    meter = usage.Meter(db)
    await call(meter, 60)
    await meter.flush()
    clock = db.clock
    assert isinstance(clock, TapeClock)
    clock.move_to(datetime(2021, 10, 1, 23, tzinfo=UTC))
    assert await usage.invoice_due(db) == 0
    clock.move_to(datetime(2021, 10, 2, tzinfo=UTC))
    assert await usage.invoice_due(db) == 1
    assert await usage.invoice_due(db) == 0
    wrong = usage.Event("", "", "api_1", SEPTEMBER, clock.now(), -20, "the feed was silent")
    async with db.transaction() as tx:
        assert await usage.correct(tx, "ticket 1", agreed.id, wrong, actor=SYSTEM)
        assert not await usage.correct(tx, "ticket 1", agreed.id, wrong, actor=SYSTEM)
        with pytest.raises(usage.CorrectionRefused):
            async with tx.savepoint():
                more = usage.Event("", "", "api_1", SEPTEMBER, clock.now(), -41, "too much")
                await usage.correct(tx, "ticket 2", agreed.id, more, actor=SYSTEM)
    clock.move_to(datetime(2021, 11, 2, tzinfo=UTC))
    assert await usage.invoice_due(db) == 1
    async with db.transaction() as tx:
        october, september = await usage.invoices(tx, agreed.id)
        owed = await ledger.balance(tx, f"receivable:{CALLER.id}")
        trial = await ledger.trial_balance(tx)
    lines = [(line.kind, line.month, line.units, line.amount) for line in october.lines]
    october_1 = datetime(2021, 10, 1, tzinfo=UTC)
    assert lines == [
        ("minimum", october_1, 0, 50_000),
        ("usage", SEPTEMBER, -20, -20),
        ("minimum", SEPTEMBER, 0, 20),
    ]
    assert owed == Money(september.total + october.total)
    assert trial.sound


async def test_a_crash_while_invoicing_leaves_no_half_and_the_next_run_does_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed = await plan(db, setup=500_000)
    db.clock.move_to(datetime(2021, 10, 3, tzinfo=UTC))  # type: ignore[attr-defined]  # a tape's
    for verb in ("insert_invoice", "invoiced_until"):
        with monkeypatch.context() as broken:
            broken.setattr(store, verb, _power_cut)
            with pytest.raises(ConnectionError):
                await usage.invoice_due(db)
        async with db.transaction() as tx:
            assert await ledger.find_journals(tx, agreed.id) == []
    assert await usage.invoice_due(db) == 1
    async with db.transaction() as tx:
        kinds = sorted(each.kind for each in await ledger.find_journals(tx, agreed.id))
    assert kinds == ["contract.invoiced", "minimum.true_up"]


async def test_what_was_counted_cannot_be_changed_and_a_subject_has_one_plan(db: Database) -> None:
    agreed = await plan(db)
    meter = usage.Meter(db)
    await call(meter)
    await meter.flush()
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="append-only"):
        async with db.transaction() as tx:
            await tx.execute("update usage_event set units = 0")
    with pytest.raises(usage.PlanExists):
        await plan(db)
    async with db.transaction() as tx:
        await usage.end_plan(tx, CALLER.id, reason="moved away", actor=SYSTEM)
    assert (await plan(db)).id != agreed.id


def _power_cut(*_: object, **__: object) -> None:
    raise ConnectionError


def test_gathered_calls_reach_the_database_within_a_second() -> None:
    assert metering.GATHER_S <= 0.5
