"""Lines in one of the two books only: explained by one operator, signed by another, and payouts go on."""

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from arena.kit.db import Database
from arena.kit.mail import choose_mail
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import adjustments, ledger
from arena.money.billing import (
    BooksApart,
    FakeGateway,
    ManualGateway,
    books_agree,
    compare_due,
    comparisons,
    reconcile,
    send_books_apart,
    unmatched,
)
from arena.money.billing.operators.explain import (
    ExplanationDecided,
    ExplanationNeedsAnother,
    LineUnknown,
    NewExplanation,
    NothingExplained,
    SidesDiffer,
    ask_explanation,
    sign_explanation,
    withdraw_explanation,
)
from arena.money.billing.operators.routes import routes
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor, Post
from tests.doubles.stripe_server import StripeServer
from tests.doubles.stripe_server.balance import move
from tests.http import make_client, person
from tests.money.billing.gateways.stage import paid
from tests.money.billing.gateways.test_moves import two
from tests.money.billing.gateways.test_routes import in_the_trail


async def nobodys(db: Database, amount: int = 100, idem: str = "pay_nobody") -> str:
    """A journal on the fake gateway's account that the gateway knows nothing of; its id."""
    async with db.transaction() as tx:
        return await ledger.post(
            tx, kind=ledger.Kind.PAYMENT_CAPTURED, idem=idem, reference="sub_x",
            legs=[ledger.Leg("gateway:fake:balance", amount), ledger.Leg("platform:fee_income", -amount)],
        )  # fmt: skip


async def adjusted(db: Database, gateway: str, amount: int, one: Actor, other: Actor) -> str:
    """An adjustment by two of what is on a gateway's account; its id."""
    debit, credit = f"gateway:{gateway}:balance", "platform:fee_income"
    if amount < 0:
        debit, credit = credit, debit
    async with db.transaction() as tx:
        new = adjustments.NewAdjustment(debit, credit, Money(abs(amount)), "set right", None)
        asked = await adjustments.ask(tx, new, intent=f"{gateway} {amount}", actor=one)
        return (await adjustments.sign(tx, asked.id, actor=other)).id


async def explained(db: Database, new: NewExplanation, one: Actor, other: Actor) -> None:
    async with db.transaction() as tx:
        asked = await ask_explanation(tx, new, actor=one, intent=new.reason)
        with pytest.raises(ExplanationNeedsAnother):
            await sign_explanation(tx, asked.id, actor=one)
    async with db.transaction() as tx:
        await sign_explanation(tx, asked.id, actor=other)
        with pytest.raises(ExplanationDecided):
            await withdraw_explanation(tx, asked.id, actor=other)


async def test_a_journal_of_ours_and_the_adjustment_that_undoes_it_are_explained(
    db: Database,
) -> None:
    gateway, (one, other) = FakeGateway(db), await two(db)
    journal_id = await nobodys(db)
    await reconcile(db, gateway, apart_s=0)
    part = await adjusted(db, "fake", -60, one, other)
    async with db.transaction() as tx:
        assert not await books_agree(tx)
        with pytest.raises(SidesDiffer, match=r"Ours come to 0\.40 USD and theirs to 0\.00 USD"):
            wrong = NewExplanation("fake", (journal_id, part), (), "no")
            await ask_explanation(tx, wrong, actor=one, intent="x")
    rest = await adjusted(db, "fake", -40, one, other)
    await explained(db, NewExplanation("fake", (journal_id, part, rest), (), "a test"), one, other)
    compared = await reconcile(db, gateway, apart_s=0)
    assert (compared.ours_only, compared.theirs_only) == (0, 0)
    async with db.transaction() as tx:
        assert await books_agree(tx)


async def test_a_line_of_theirs_is_explained_by_an_adjustment_and_payouts_go_on(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    await paid(db, stripe)
    one, other = await two(db)
    move(stripe_server.books, "something_new", -250, fee=0, source="fee_1", currency="usd")
    await reconcile(db, stripe, apart_s=0)
    async with db.transaction() as tx:
        [line] = await unmatched(tx, "stripe")
        assert not await books_agree(tx)
    adjustment_id = await adjusted(db, "stripe", -250, one, other)
    new = NewExplanation("stripe", (adjustment_id,), (line.id,), "a fee of a new kind")
    await explained(db, new, one, other)
    compared = await reconcile(db, stripe, apart_s=0)
    assert (compared.matched, compared.ours_only, compared.theirs_only) == (3, 0, 0)
    async with db.transaction() as tx:
        assert await books_agree(tx)
        with pytest.raises(LineUnknown, match=adjustment_id):
            await ask_explanation(tx, new, actor=one, intent="again")
        with pytest.raises(NothingExplained):
            await ask_explanation(
                tx, NewExplanation("stripe", (), (), "none"), actor=one, intent="n"
            )


async def test_a_withdrawn_explanation_explains_nothing(db: Database) -> None:
    one, other = await two(db)
    await nobodys(db)
    adjustment_id = await adjusted(db, "fake", -100, one, other)
    async with db.transaction() as tx:
        new = NewExplanation("fake", ("pay_nobody", adjustment_id), (), "a test")
        asked = await ask_explanation(tx, new, actor=one, intent="x")
        assert (await withdraw_explanation(tx, asked.id, actor=one)).state == "withdrawn"
    assert (await reconcile(db, FakeGateway(db))).ours_only == 1


async def test_operators_compare_and_explain_over_http(db: Database, settings: Settings) -> None:
    await nobodys(db)
    one, other = await two(db)
    adjustment_id = await adjusted(db, "fake", -100, one, other)
    (_, first), (_, second) = await person(db, "operator"), await person(db, "operator")
    _, nobody = await person(db)
    here = "/reconciliation/explanations"
    async with make_client(db, settings, routes) as client:

        async def post(path: str, headers: dict[str, str], **body: Any) -> tuple[int, Any]:
            answer = await client.post(path, json=body, headers=headers)
            return answer.status_code, answer.json()

        assert (await post("/reconciliation/compare", nobody))[0] == 403
        status, found = await post("/reconciliation/compare", first)
        assert (status, [one["gateway"] for one in found]) == (200, ["fake", "manual"])
        assert [one["ours_only"] for one in found] == [1, 0]
        body = {"gateway": "fake", "theirs": [], "reason": "a test that went wrong"}
        unknown = await post(here, first, ours=["pay_nobody", "adj_none"], **body)
        assert unknown[1]["code"] == "line_unknown"
        asked = (await post(here, first, ours=["pay_nobody", adjustment_id], **body))[1]
        assert (await post(f"{here}/{asked['id']}/sign", first))[0] == 403
        assert (await post(f"{here}/{asked['id']}/withdraw", second))[1]["state"] == "withdrawn"
        again = (await post(here, first, ours=["pay_nobody", adjustment_id], **body))[1]
        assert (await post(f"{here}/{again['id']}/sign", second))[1]["state"] == "signed"
        shown = (await client.get(here, headers=second)).json()
        assert {one["state"] for one in shown} == {"signed", "withdrawn"}
        assert (await client.get("/reconciliation", headers=first)).json()["unmatched"] == []
    await in_the_trail(
        db, "/reconciliation/compare", here, f"{here}/{{explanation_id}}/sign",
        f"{here}/{{explanation_id}}/withdraw",
    )  # fmt: skip


async def test_books_are_compared_daily_tried_again_where_that_fails_and_overdue_stops_payouts(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    gateways = [stripe, ManualGateway(db)]
    stripe_server.faults.next("429", "GET /v1/balance_transactions")
    assert await compare_due(db, gateways) == 1, "the other one is compared all the same"
    async with db.transaction() as tx:
        at_stripe = {one.gateway: one for one in await comparisons(tx)}["stripe"]
        assert (at_stripe.failure, at_stripe.compared_at) == ("gateway_unavailable", None)
    assert await compare_due(db, gateways) == 0, "not at once"
    await later(db)
    assert await compare_due(db, gateways) == 1
    assert await compare_due(db, gateways) == 0
    async with db.transaction() as tx:
        assert await books_agree(tx)
        await tx.execute(
            """update reconciliation set at = at - interval '37 hours'
               where gateway = 'stripe'"""
        )
        assert not await books_agree(tx)
        assert [one.stale for one in await comparisons(tx)] == [False, True]
    await later(db)
    assert await compare_due(db, gateways) == 1
    assert await compare_due(db, [ManualGateway(db)]) == 0
    async with db.transaction() as tx:
        assert [one.gateway for one in await comparisons(tx)] == ["manual"]


async def later(db: Database) -> None:
    """The wait after the last try is over."""
    async with db.transaction() as tx:
        await tx.execute("update gateway_compared set tried_at = tried_at - interval '11 minutes'")


async def test_operators_have_a_letter_with_the_lines_that_are_apart(
    db: Database, settings: Settings
) -> None:
    await two(db)
    journal_id = await nobodys(db)
    await reconcile(db, FakeGateway(db), apart_s=0)
    post = Post(choose_mail(settings.home, None, None), settings)
    async with db.transaction() as tx:
        for _ in range(2):
            await send_books_apart(tx, BooksApart("fake", 1, 0), post=post)
    letters = sorted((settings.home / "mail").iterdir())
    assert len(letters) == 2, "one to each operator, however often it is sent"
    read = message_from_bytes(letters[0].read_bytes(), policy=default).get_body(("plain",))
    text = " ".join(read.get_content().split())
    assert f"payment.captured {journal_id} of 1.00 USD" in text
    assert "/operator/books" in text
