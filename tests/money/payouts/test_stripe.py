"""Payouts through Stripe: transfer, payout, bank; back again; once, whatever is lost, killed, refused or swapped."""

from collections.abc import AsyncIterator, Callable

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money import payouts
from tests.doubles.stripe_server import StripeServer
from tests.doubles.stripe_server.faults import Fault
from tests.money.billing.gateways.test_stripe import Killed
from tests.money.payouts.at_stripe import Seller, seller

TRANSFER, PAYOUT = "POST /v1/transfers", "POST /v1/payouts"
ALL = 16_830


@pytest.fixture
async def stripe() -> AsyncIterator[StripeServer]:
    async with StripeServer().listening() as listening:
        yield listening


@pytest.fixture
async def ada(db: Database, settings: Settings, stripe: StripeServer) -> Seller:
    return await seller(db, settings, stripe)


def made(ada: Seller) -> tuple[int, int]:
    """How many transfers and payouts Stripe has made."""
    return len(ada.server.books.all("transfer")), len(ada.server.of(ada.account_id).all("payout"))


async def test_a_payout_goes_to_the_account_then_to_the_bank_each_with_its_journal(
    ada: Seller,
) -> None:
    asked = await ada.ask()
    assert asked.state == "reserved"
    await ada.send()
    assert (await ada.newest()).state == "in_transit"
    assert await ada.step() == "paying"
    assert await ada.has() == {"available": ALL - 10_000, "in_transit": 10_000, "connected": 10_000}
    [transfer] = ada.server.books.all("transfer")
    assert (transfer["transfer_group"], transfer["metadata"]) == (asked.id, {"arena": asked.id})
    ada.bank()
    assert await ada.heal() == 1
    paid = await ada.newest()
    assert paid.state == "paid"
    assert (paid.bank_reference or "").startswith("trace")
    assert await ada.has() == {"available": ALL - 10_000}
    assert await ada.compare() == (0, 0)
    assert await ada.heal() == 0


@pytest.mark.parametrize("call", [TRANSFER, PAYOUT])
@pytest.mark.parametrize("fault", ["drop", "500", "429"])
@pytest.mark.parametrize(
    "late",
    [
        pytest.param(False, id="soon"),
        pytest.param(True, id="after the key is forgotten", marks=pytest.mark.slow),
    ],
)
async def test_an_answer_that_is_lost_pays_once(
    ada: Seller, call: str, fault: Fault, late: bool
) -> None:
    await ada.ask()
    ada.server.faults.next(fault, call)
    await ada.send()
    assert (await ada.newest()).state == "in_transit"
    if late:
        ada.server.pass_time(86_401)
    for _ in range(2):
        await ada.heal()
    assert made(ada) == (1, 1)
    ada.bank()
    await ada.heal()
    assert (await ada.newest()).state == "paid"
    assert await ada.has() == {"available": ALL - 10_000}
    assert await ada.compare() == (0, 0)


def at(number: int) -> Callable[[], None]:
    """Kills when Stripe has answered a mutating call for the n-th time."""
    calls = iter(range(1, 100))

    def maybe() -> None:
        if next(calls) == number:
            raise Killed

    return maybe


@pytest.mark.parametrize("number", [1, 2])
async def test_killed_when_stripe_had_answered_pays_once(ada: Seller, number: int) -> None:
    await ada.ask()
    with pytest.raises(Killed):
        await ada.send(at(number))
    assert (await ada.newest()).state == "in_transit"
    await ada.heal()
    await ada.heal()
    assert made(ada) == (1, 1)
    assert await ada.has() == {"available": ALL - 10_000, "in_transit": 10_000, "connected": 10_000}


async def test_a_bank_that_sends_it_back_gives_the_money_back_to_the_creator(ada: Seller) -> None:
    await ada.ask()
    await ada.send()
    ada.bank(fails="account_closed")
    await ada.heal()
    failed = await ada.newest()
    assert (failed.state, await ada.step()) == ("failed", "returned")
    assert "closed" in (failed.reason or "")
    assert await ada.has() == {"available": ALL}
    assert await ada.compare() == (0, 0)
    assert (await ada.ask()).state == "reserved"


async def test_a_bank_that_sends_back_what_had_arrived_reverses_the_payout(ada: Seller) -> None:
    await ada.ask()
    await ada.send()
    ada.bank()
    await ada.heal()
    assert (await ada.newest()).state == "paid"
    ada.bank(fails="no_account")
    await ada.heal()
    assert ((await ada.newest()).state, await ada.step()) == ("reversed", "returned")
    assert await ada.has() == {"available": ALL}
    assert await ada.compare() == (0, 0)


@pytest.mark.parametrize("fault", ["drop", "500", "killed"])
async def test_a_transfer_whose_way_back_is_unknown_comes_back_once(
    ada: Seller, fault: str
) -> None:
    await ada.ask()
    await ada.send()
    [transfer] = ada.server.books.all("transfer")
    ada.bank(fails="account_closed")
    if fault == "killed":
        with pytest.raises(Killed):
            await ada.heal(at(1))
    else:
        lost: Fault = "drop" if fault == "drop" else "500"
        ada.server.faults.next(lost, f"POST /v1/transfers/{transfer['id']}/reversals")
        await ada.heal()
    assert await ada.step() == "bounced"
    await ada.heal()
    assert len(ada.server.books.all("transfer_reversal")) == 1
    assert (await ada.newest()).state == "failed"
    assert await ada.has() == {"available": ALL}
    assert await ada.compare() == (0, 0)


async def test_too_low_a_balance_at_stripe_waits_and_the_next_try_has_a_key_of_its_own(
    ada: Seller,
) -> None:
    taken = ada.server.to_own_bank(ada.server.balance - 5_000)
    await ada.ask()
    await ada.send()
    assert ((await ada.newest()).state, await ada.step()) == ("in_transit", "sending")
    async with ada.db.transaction() as tx:
        assert (await payouts.stuck(tx))[0] == 1
    await ada.heal()
    ada.server.books.get("payout", taken["id"])["status"] = "canceled"
    await ada.sell(2)
    await ada.heal()
    assert made(ada) == (1, 1)
    assert ada.server.calls.count(TRANSFER) == 3


async def test_another_bank_account_between_request_and_transfer_gets_nothing(ada: Seller) -> None:
    await ada.ask()
    ada.server.swap_bank(ada.account_id, "000999999999")
    await ada.send()
    failed = await ada.newest()
    assert failed.state == "failed"
    assert "changed" in (failed.reason or "")
    assert made(ada) == (0, 0)
    assert await ada.has() == {"available": ALL}


async def test_an_account_that_stripe_closed_meanwhile_gets_nothing_and_says_why(
    ada: Seller,
) -> None:
    await ada.ask()
    ada.server.close_account(ada.account_id)
    await ada.send()
    failed = await ada.newest()
    assert failed.state == "failed"
    assert "capability" in (failed.reason or "")
    assert await ada.has() == {"available": ALL}


async def test_payouts_that_stripe_stops_after_the_transfer_bring_the_money_back(
    ada: Seller,
) -> None:
    await ada.ask()
    account = ada.server.books.get("account", ada.account_id)

    def closes() -> None:
        account["payouts_enabled"] = False

    await ada.send(closes)
    assert (await ada.newest()).state == "failed"
    assert made(ada) == (1, 0)
    assert await ada.has() == {"available": ALL}
    assert await ada.compare() == (0, 0)


async def test_a_transfer_taken_back_by_hand_at_stripe_is_the_creators_again(ada: Seller) -> None:
    asked = await ada.ask()
    await ada.send()
    [transfer] = ada.server.books.all("transfer")
    ada.bank(fails="account_closed")
    connect = ada.connect()
    await connect.take_back("by hand", transfer["id"], payout_id=asked.id)
    await ada.heal()
    assert (await ada.newest()).state == "failed"
    assert await ada.has() == {"available": ALL}


async def test_in_another_country_it_arrives_in_the_accounts_own_currency(
    db: Database, settings: Settings, stripe: StripeServer
) -> None:
    ada = await seller(db, settings, stripe, sells=False)
    account = stripe.books.get("account", ada.account_id)
    account["default_currency"] = "eur"
    await ada.sell()
    await ada.ask()
    await ada.send()
    [payout] = stripe.of(ada.account_id).all("payout")
    assert (payout["amount"], payout["currency"]) == (9_000, "eur")
    ada.bank()
    await ada.heal()
    assert (await ada.newest()).state == "paid"
    assert await ada.has() == {"available": ALL - 10_000}


async def test_nobody_enters_by_hand_what_stripe_says_itself(ada: Seller) -> None:
    asked = await ada.ask()
    await ada.send()
    ada.bank()
    await ada.heal()
    async with ada.db.transaction() as tx:
        with pytest.raises(payouts.SentByGateway, match="stripe"):
            await payouts.reverse_payout(tx, asked.id, reason="no", actor=ada.operator)
        with pytest.raises(payouts.PayoutMovedOn):
            await payouts.record_outcome(
                tx, asked.id, payouts.Sent("failed", None, "no"), actor=ada.operator
            )


async def test_a_crash_in_each_settlement_undoes_all_of_it(ada: Seller) -> None:
    asked = await ada.ask()
    await ada.send()
    ada.bank()
    sent = await ada.ways()["stripe"].find(asked.id)
    assert sent is not None
    before = await ada.has()
    with pytest.raises(Killed):
        async with ada.db.transaction() as tx:
            await payouts.settle(tx, asked.id, sent)
            raise Killed
    assert await ada.has() == before
    await ada.heal()
    assert (await ada.newest()).state == "paid"
