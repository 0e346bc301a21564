"""Payouts through Stripe: a transfer to the creator's own account there, a payout from it to his bank; or back.

Each call but looks is one step and mutates at most once; `settle` writes it down before the next. What is unknown is
looked for first, by transfer group and by our name for it, so that it is not done twice however old its key is.
"""

from datetime import timedelta

from arena.kit.db import Database
from arena.kit.money import Money
from arena.money import billing
from arena.money.billing.stripe import NotNow, StripeConnect, Transferred
from arena.money.payouts import steps, store
from arena.money.payouts.model import (
    AccountSwapped,
    Payout,
    PayoutGatewayUnavailable,
    Sent,
    Steps,
)

# Only the arena's own balance can be filled up by waiting; all else goes back to the creator, who is told why.
WAITS = "balance_insufficient"
CLOCKS_APART = timedelta(hours=1)


class StripePayouts:
    """`send` and `find` are the port's; `go_on` takes the next step of a payout that is half way."""

    name = "stripe"

    def __init__(self, db: Database, connect: StripeConnect) -> None:
        self._db = db
        self._connect = connect

    async def send(self, key: str, amount: Money, destination: str) -> Sent:
        """The transfer, unless the account pays to another bank than when the payout was asked for."""
        payout, there = await self._row(key)
        try:
            standing = await self._connect.account(destination)
            if standing.bank_id != payout.bank_id:
                return Sent("refused", reason=AccountSwapped(payout_id=key).detail)
            made = await self._connect.transfer(
                _key(key, "transfer", there), amount, destination, payout_id=key
            )
        except billing.GatewayUnavailable as unknown:
            raise PayoutGatewayUnavailable from unknown
        if isinstance(made, NotNow):
            return Sent("waits" if made.code == WAITS else "refused", reason=_why(made))
        return _transferred(made)

    async def find(self, key: str) -> Sent | None:
        """How far it is; None where Stripe knows nothing of it."""
        payout, there = await self._row(key)
        try:
            made = await self._connect.find_transfer(key, transfer_id=there.transfer_id)
            if made is None:
                return None
            if made.reversed:
                return Sent("returned", reason=there.why)
            if there.state == "bounced":
                return Sent("bounced", reason=there.why)
            if there.state == "sending":
                return _transferred(made)
            found = await self._connect.find_payout(
                key, await self._account(payout), bank_payout_id=there.bank_payout_id,
                since=there.sent_at - CLOCKS_APART,
            )  # fmt: skip
        except billing.GatewayUnavailable as unknown:
            raise PayoutGatewayUnavailable from unknown
        if found is None:
            return _transferred(made)
        return _at_the_bank(found)

    async def go_on(self, key: str) -> Sent | None:
        """The next step's outcome; None where there is none to take now."""
        payout, there = await self._row(key)
        try:
            if there.state == "transferred":
                return await self._pay_out(payout, there)
            if there.state == "bounced" and there.transfer_id is not None:
                return await self._take_back(there)
        except billing.GatewayUnavailable as unknown:
            raise PayoutGatewayUnavailable from unknown
        return None

    async def _pay_out(self, payout: Payout, there: Steps) -> Sent:
        assert there.arrived is not None, f"{payout.id}: nobody knows what arrived"
        made = await self._connect.pay_out(
            _key(payout.id, "payout", there), there.arrived, await self._account(payout), payout_id=payout.id
        )  # fmt: skip
        if isinstance(made, NotNow):
            return Sent("waits" if made.code == WAITS else "bounced", reason=_why(made))
        return _at_the_bank(made)

    async def _take_back(self, there: Steps) -> Sent:
        assert there.transfer_id is not None
        made = await self._connect.take_back(
            _key(there.payout_id, "reversal", there), there.transfer_id, payout_id=there.payout_id
        )
        if isinstance(made, NotNow):
            return Sent("waits", reason=_why(made))
        return Sent("returned", reason=there.why, reversal_id=made)

    async def _row(self, payout_id: str) -> tuple[Payout, Steps]:
        async with self._db.transaction(readonly=True) as tx:
            payout, there = (
                await store.payout(tx, payout_id),
                await steps.steps_of(tx, payout_id),
            )
        assert payout is not None, f"no payout {payout_id}"
        assert there is not None, f"{payout_id} does not go through Stripe"
        return payout, there

    async def _account(self, payout: Payout) -> str:
        async with self._db.transaction(readonly=True) as tx:
            account = await billing.connected_account(tx, payout.person_id, self.name)
        assert account is not None, f"{payout.person_id} has no account at Stripe"
        assert account.account_id is not None, f"{payout.person_id} has no account at Stripe yet"
        return account.account_id


def _key(payout_id: str, what: str, there: Steps) -> str:
    """Stripe answers a key the same for a day; what was refused is tried again by the next one."""
    again = f"-{there.tries + 1}" if there.tries else ""
    return f"payout-{payout_id}-{what}{again}"


def _why(said: NotNow) -> str:
    return said.words or said.code


def _transferred(made: Transferred) -> Sent:
    return Sent("transferred", transfer_id=made.transfer_id, arrived=made.arrived)


def _at_the_bank(found: billing.BankPayout) -> Sent:
    if found.state == "paid":
        return Sent(
            "paid", found.trace or found.bank_payout_id, bank_payout_id=found.bank_payout_id
        )
    if found.state == "failed":
        return Sent("bounced", reason=found.why, bank_payout_id=found.bank_payout_id)
    return Sent("paying", bank_payout_id=found.bank_payout_id)
