"""Corrections: only of calls, of months that the plan had, also after it has ended; and whoever pays is told why."""

from datetime import UTC, datetime

import pytest

from arena.kit.db import Database
from arena.kit.mail import choose_mail
from arena.kit.settings import Settings
from arena.money import usage
from arena.people import identity
from arena.people.access import SYSTEM, Post
from tests.money.usage.test_routes import Desk

AUGUST, SEPTEMBER, OCTOBER = (datetime(2021, month, 1, tzinfo=UTC) for month in (8, 9, 10))
PATH = "/usage/plans/{subject}/corrections"


async def plan(db: Database, **terms: int) -> usage.Plan:
    async with db.transaction() as tx:
        return await usage.open_plan(tx, usage.NewPlan("usr_caller", **terms), actor=SYSTEM)


async def correct(db: Database, agreed: usage.Plan, month: datetime, units: int) -> bool:
    async with db.transaction() as tx:
        event = usage.Event("", agreed.id, "", month, tx.now, units, "the feed was silent")
        name = f"{month} {units} {tx.now}"
        return await usage.correct(tx, name, agreed.id, event, actor=SYSTEM)


@pytest.mark.parametrize(
    ("month", "units", "words"),
    [
        (SEPTEMBER, 0, "nothing"),
        (AUGUST, 5, "began in September 2021"),
        (OCTOBER, 5, "has not begun"),
        (datetime(2099, 1, 1, tzinfo=UTC), 5, "has not begun"),
        (SEPTEMBER, -1, "counts 0 calls"),
    ],
)
async def test_what_cannot_be_corrected_is_refused_in_words(
    db: Database, month: datetime, units: int, words: str
) -> None:
    agreed = await plan(db)
    with pytest.raises(usage.CorrectionRefused, match=words):
        await correct(db, agreed, month, units)
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from usage_event") == 0


async def test_a_plan_that_has_ended_is_corrected_up_to_its_last_month_and_invoiced(
    db: Database,
) -> None:
    agreed = await plan(db, minimum=0)
    await correct(db, agreed, SEPTEMBER, 100)
    async with db.transaction() as tx:
        await usage.end_plan(tx, "usr_caller", reason="moved away", actor=SYSTEM)
    db.clock.move_to(datetime(2021, 11, 3, tzinfo=UTC))  # type: ignore[attr-defined]  # a tape's
    assert await usage.invoice_due(db) == 1
    assert await correct(db, agreed, SEPTEMBER, -40)
    with pytest.raises(usage.CorrectionRefused, match="ended in September 2021"):
        await correct(db, agreed, OCTOBER, 1)
    assert await usage.invoice_due(db) == 1
    async with db.transaction() as tx:
        totals = [made.total for made in await usage.invoices(tx, agreed.id)]
    assert totals == [-40, 100]


@pytest.mark.parametrize("change", [
    {"units": 0}, {"month": "2099-01-01T00:00:00Z"}, {"month": "2021-08-01T00:00:00Z"},
    {"month": "0001-01-01T00:00:00+14:00"}, {"plan_id": "upl_" + "0" * 26},
])  # fmt: skip
async def test_over_http_as_well(
    db: Database, settings: Settings, change: dict[str, object]
) -> None:
    desk = await Desk(db, settings).arrive()
    await desk.plan()
    body = {"units": 3, "month": "2021-09-15T00:00:00Z", "reason": "the feed was silent"} | change
    answer = await desk.client.post(
        PATH.format(subject=desk.customer_id), headers=desk.operator, json=body
    )
    assert answer.status_code in (404, 422), answer.text


async def test_a_plan_that_has_ended_is_named_by_its_id(db: Database, settings: Settings) -> None:
    desk = await Desk(db, settings).arrive()
    await desk.plan()
    place = {"subject": desk.customer_id}
    reason = {"reason": "moved away"}
    ended = await desk.act("POST", "/usage/plans/{subject}/end", desk.operator, reason, **place)
    await desk.plan()
    body = {"units": 3, "month": "2021-09-15T00:00:00Z", "reason": "the feed was silent"}
    old = await desk.act("POST", PATH, desk.operator, body | {"plan_id": ended["id"]}, **place)
    assert old["units"] == 3
    assert await desk.units() == 0, "the plan that goes on was not touched"


async def test_a_month_is_that_of_utc_whatever_zone_it_is_told_in(
    db: Database, settings: Settings
) -> None:
    desk = await Desk(db, settings).arrive()
    await desk.plan()
    body = {"units": 3, "month": "2021-08-31T23:30:00-02:00", "reason": "the feed was silent"}
    done = await desk.act("POST", PATH, desk.operator, body, subject=desk.customer_id)
    assert done["month"].startswith("2021-09-01")


async def test_days_keys_and_corrections_add_up_to_the_month_and_its_invoice(db: Database) -> None:
    agreed = await plan(db, minimum=0, monthly=10_000, setup=50_000)
    db.clock.move_to(datetime(2021, 10, 5, tzinfo=UTC))  # type: ignore[attr-defined]  # a tape's
    await usage.invoice_due(db)
    async with db.transaction() as tx:
        called = usage.Event("ev_1", agreed.id, "api_1", OCTOBER, tx.now, 100)
        await usage.correct(tx, "calls", agreed.id, called, actor=SYSTEM)
    await correct(db, agreed, SEPTEMBER, 30)
    await correct(db, agreed, OCTOBER, -20)
    async with db.transaction() as tx:
        found = await usage.usage(tx, "usr_caller")
    assert (found.units, found.days, found.keys, found.corrected) == (
        80, [(datetime(2021, 10, 5, tzinfo=UTC), 100)], [("api_1", 100)], -20,
    )  # fmt: skip
    assert found.next_invoice is not None
    shown = [(line.kind, line.month, line.amount) for line in found.next_invoice.lines]
    db.clock.move_to(datetime(2021, 11, 3, tzinfo=UTC))  # type: ignore[attr-defined]  # a tape's
    await usage.invoice_due(db)
    async with db.transaction() as tx:
        made = (await usage.invoices(tx, agreed.id))[0]
    assert [(line.kind, line.month, line.amount) for line in made.lines] == shown
    assert made.total == found.next_invoice.total == 10_000 + 80 + 30


async def test_whoever_pays_is_told_what_was_corrected_and_why(
    db: Database, settings: Settings
) -> None:
    async with db.transaction() as tx:
        ada = await identity.create_person(
            tx, email="ada@example.org", name="Ada", password="four words in a row"
        )
        agreed = await usage.open_plan(tx, usage.NewPlan(ada.id), actor=SYSTEM)
    await correct(db, agreed, SEPTEMBER, 100)
    await correct(db, agreed, SEPTEMBER, -1)
    post = Post(choose_mail(settings.home, None, None), settings)
    async with db.transaction() as tx:
        rows = await tx.fetch("select body from fact where kind = 'UsageCorrected' order by id")
        for row in [*rows, *rows]:  # delivered at least once
            fact = usage.UsageCorrected(**row["body"] | {"month": SEPTEMBER})
            await usage.send_usage_corrected(tx, fact, post=post)
    letters = [path.read_text() for path in (settings.home / "mail").rglob("*.eml")]
    assert len(letters) == 2
    said = " ".join(" ".join(letter.replace("=\n", "").split()) for letter in letters)
    for words in ("100 calls were added", "1 call was taken off", "the feed was silent"):
        assert words in said
