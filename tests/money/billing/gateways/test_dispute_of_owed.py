"""A dispute over a charge that was owed back already: the customer has his money once."""

import pytest

from arena.kit.db import Database
from arena.money import ledger
from arena.money.billing import give_back_owed
from arena.money.billing.events import apply_news
from arena.money.billing.stripe import DisputeNews, StripeGateway
from tests.doubles.stripe_server import StripeServer
from tests.money.billing.gateways.stage import agree, balances, paid


@pytest.mark.parametrize("owed", [9_900, 5_000])
async def test_a_dispute_that_is_lost_takes_what_was_owed(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer, owed: int
) -> None:
    attempt = await paid(db, stripe)
    charge, creator = attempt.charge, owed * 85 // 100
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.REFUND_OWED, idem=f"refund:{attempt.id}", reference=charge.reference,
            legs=[
                ledger.Leg(f"customer:{charge.person_id}:refund_due", -owed),
                ledger.Leg("creator:usr_creator:pending", creator), ledger.Leg("platform:fee_income", owed - creator),
            ],
        )  # fmt: skip
    dispute = stripe_server.dispute(attempt.charge_id or "")
    for state in ("open", "lost"):
        if state == "lost":
            stripe_server.decide(dispute["id"], won=False)
        news = DisputeNews(attempt.charge_id or "", dispute["id"], 9_900, 1_500, "USD", state)  # type: ignore[arg-type]  # one of its three
        async with db.transaction() as tx:
            await apply_news(tx, "stripe", news)
    assert await give_back_owed(db, stripe) == 0
    # The customer has all of it from his bank, and nobody else paid for it twice.
    assert await balances(db) == {"gateway:stripe:balance": -1_817, "processor_fees": 1_817}
    await agree(db, stripe_server)
