"""Letters about invoices: what is to be paid, what was not, why calls are refused; once each, to whoever pays."""

from datetime import datetime
from email import message_from_string, policy
from pathlib import Path

from arena.kit.db import Database
from arena.kit.mail import choose_mail
from arena.kit.settings import Settings
from arena.money import collecting, invoices
from arena.money.collecting import BillFellBehind, CallsBlocked
from arena.money.invoices import InvoiceIssued
from arena.people.access import Post
from tests.money.collecting.house import DECLINED, GRACE, Customer

KINDS = {
    "InvoiceIssued": (InvoiceIssued, invoices.send_invoice),
    "BillFellBehind": (BillFellBehind, collecting.send_behind),
    "CallsBlocked": (CallsBlocked, collecting.send_blocked),
}


async def sent(db: Database, settings: Settings) -> dict[str, str]:
    """Words by subject, after all facts were told twice."""
    post = Post(choose_mail(settings.home, None, None), settings)
    async with db.transaction() as tx:
        rows = await tx.fetch(
            "select kind, body from fact where kind = any($1) order by id", list(KINDS)
        )
        for row in [*rows, *rows]:
            kind, send = KINDS[row["kind"]]
            body = {
                name: datetime.fromisoformat(value) if value and name in ("retry_at", "blocks_at", "since") else value
                for name, value in row["body"].items()
            }  # fmt: skip
            await send(tx, kind(**body), post=post)
    letters = [
        message_from_string(path.read_text(), policy=policy.default)
        for path in sorted(Path(settings.home, "mail").glob("*.eml"))
    ]
    found = {str(one["subject"]): str(one.get_body(("plain",)).get_content()) for one in letters}  # type: ignore[union-attr]  # it has one
    assert len(found) == len(letters)
    return found


async def test_what_is_to_be_paid_what_was_not_and_why_calls_stop_is_written_about(
    db: Database, settings: Settings
) -> None:
    customer = await Customer(db).arrive(card=DECLINED)
    await customer.month_over()
    found = await sent(db, settings)
    [(subject, words)] = found.items()
    assert subject == "Invoice INV-2022-000001 over 6000.00 USD"
    assert "Set-up: 5000.00 USD" in words
    assert "please pay by 16 February 2022" in words
    await customer.collect()
    customer.days_on(3)
    await collecting.block_late(db, grace=GRACE)
    found = await sent(db, settings)
    behind = found["Invoice INV-2022-000001 is not paid"]
    assert "6000.00 USD are not paid: the card was declined." in behind
    assert "tried again 3 February 2022" in behind
    assert "Calls by API key stop 5 February 2022" in behind
    assert "/account/invoices/inv_" in behind
    assert "calls by API key are refused from now on" in found["Your calls are refused"]


async def test_a_credit_note_says_what_it_takes_back(db: Database, settings: Settings) -> None:
    customer = await Customer(db).arrive(minimum=0)
    await customer.call(50_000)
    await customer.month_over()
    await customer.call(-20_000)
    await customer.month_over()
    words = (await sent(db, settings))["Credit note CRN-2022-000001"]
    assert "200.00 USD of the invoice INV-2022-000001 are taken back" in words
