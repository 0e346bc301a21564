"""Creators' accounts at Stripe (Connect): made, filled in on its page, paid: a transfer there, a payout from there.

Express accounts: Stripe asks creators for what the law wants and shows them a page of their own. Their payouts are
manual, so that no money leaves them but by our call. Each mutating call's key follows from a row of ours.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from arena.kit.money import Money
from arena.money.billing.stripe import read_connect as read
from arena.money.billing.stripe.client import calling
from arena.money.billing.stripe.model import BankPayout, NotNow, Standing, Transferred

if TYPE_CHECKING:
    import stripe

PAGE = 100
# Refused by what Stripe found when it carried the call out: nothing was done, and the key is answered so for a day.
NOT_NOW = frozenset({
    "balance_insufficient", "insufficient_capabilities_for_transfer", "payouts_not_allowed", "payouts_limit_exceeded",
    "transfers_not_allowed", "account_invalid", "instant_payouts_unsupported",
})  # fmt: skip
RECIPIENT = (
    "recipient"  # Stripe's agreement for creators in other countries than the arena's account
)


class StripeConnect:
    """`origin` is where creators come back to. Every call may raise GatewayUnavailable, after which the truth is
    unknown, and StripeMisread. `after_answer` is called when Stripe has answered and before we say so:
    a test raises there."""

    name = "stripe"

    def __init__(
        self, key: str, *, url: str, origin: str, after_answer: Callable[[], None] | None = None
    ) -> None:
        self._key = key
        self._url = url
        self._origin = origin
        self._after_answer = after_answer or (lambda: None)

    def line(self) -> AbstractAsyncContextManager["stripe.StripeClient"]:
        return calling(self._key, self._url)

    async def new_account(self, key: str, *, country: str, company: bool) -> str:
        """Its id, once per key."""
        async with self.line() as client:
            own = await client.v1.accounts.retrieve_current_async()
            wish: Any = {
                "type": "express", "country": country, "business_type": "company" if company else "individual",
                "capabilities": {"transfers": {"requested": True}}, "metadata": {"arena": key},
                "settings": {"payouts": {"schedule": {"interval": "manual"}}},
            }  # fmt: skip
            if country != own.country:
                wish["tos_acceptance"] = {"service_agreement": RECIPIENT}
            made = await client.v1.accounts.create_async(wish, {"idempotency_key": key})
        self._after_answer()
        return made.id

    async def find_account(self, key: str, *, since: datetime) -> str | None:
        """The account that was made with this key since then; None where none was."""
        async with self.line() as client:
            listed = await client.v1.accounts.list_async(
                {"limit": PAGE, "created": {"gte": int(since.timestamp())}}
            )
            async for one in listed.auto_paging_iter():
                if read.key_of(read.plain(one)) == key:
                    return one.id
        return None

    async def account(self, account_id: str) -> Standing:
        """How it stands now."""
        async with self.line() as client:
            return read.standing(await client.v1.accounts.retrieve_async(account_id))

    async def onboarding(self, account_id: str, *, back: str, again: str) -> str:
        """Stripe's page where the creator fills in what is due; for minutes, once. `back` and `again` are paths of
        ours: where he comes back to, and where he goes when the page is no longer good."""
        async with self.line() as client:
            made = await client.v1.account_links.create_async({
                "account": account_id, "type": "account_onboarding", "return_url": f"{self._origin}{back}",
                "refresh_url": f"{self._origin}{again}",
            })  # fmt: skip
        return made.url

    async def dashboard(self, account_id: str) -> str:
        """Stripe's page where a creator sees his payouts and changes his bank account; once."""
        async with self.line() as client:
            return (await client.v1.accounts.login_links.create_async(account_id)).url

    async def transfer(
        self, key: str, amount: Money, account_id: str, *, payout_id: str
    ) -> Transferred | NotNow:
        """Moves money to the account, once per key."""
        import stripe

        wish: Any = {
            "amount": amount.minor, "currency": amount.currency.lower(), "destination": account_id,
            "transfer_group": payout_id, "metadata": {"arena": payout_id},
        }  # fmt: skip
        async with self.line() as client:
            try:
                made = await client.v1.transfers.create_async(wish, {"idempotency_key": key})
            except stripe.InvalidRequestError as refused:
                return _not_now(refused)
            self._after_answer()
            return await self._arrived(client, made)

    async def find_transfer(
        self, payout_id: str, *, transfer_id: str | None = None
    ) -> Transferred | None:
        """The transfer for this payout, by its id or by its group; None where there is none."""
        async with self.line() as client:
            if transfer_id is not None:
                return await self._arrived(
                    client, await client.v1.transfers.retrieve_async(transfer_id)
                )
            listed = await client.v1.transfers.list_async({"transfer_group": payout_id, "limit": 1})
            return await self._arrived(client, listed.data[0]) if listed.data else None

    async def _arrived(self, client: "stripe.StripeClient", made: "stripe.Transfer") -> Transferred:
        """What it came to over there: Stripe may have changed it into the account's currency."""
        transfer = read.plain(made)
        payment = await client.v1.charges.retrieve_async(
            transfer["destination_payment"], {"expand": ["balance_transaction"]},
            {"stripe_account": transfer["destination"]},
        )  # fmt: skip
        return read.transferred(transfer, payment)

    async def pay_out(
        self, key: str, amount: Money, account_id: str, *, payout_id: str
    ) -> BankPayout | NotNow:
        """From the account to its bank, once per key; `amount` is in the account's currency."""
        import stripe

        wish: Any = {
            "amount": amount.minor, "currency": amount.currency.lower(), "metadata": {"arena": payout_id},
        }  # fmt: skip
        async with self.line() as client:
            try:
                made = await client.v1.payouts.create_async(
                    wish, {"idempotency_key": key, "stripe_account": account_id}
                )
            except stripe.InvalidRequestError as refused:
                return _not_now(refused)
        self._after_answer()
        return read.bank_payout(made)

    async def find_payout(
        self, payout_id: str, account_id: str, *, bank_payout_id: str | None, since: datetime
    ) -> BankPayout | None:
        """How the payout to the bank stands, by its id, else by our name for it among those made since then."""
        there: Any = {"stripe_account": account_id}
        async with self.line() as client:
            if bank_payout_id is not None:
                return read.bank_payout(
                    await client.v1.payouts.retrieve_async(bank_payout_id, options=there)
                )
            listed = await client.v1.payouts.list_async(
                {"limit": PAGE, "created": {"gte": int(since.timestamp())}}, there
            )
            async for one in listed.auto_paging_iter():
                if read.key_of(read.plain(one)) == payout_id:
                    return read.bank_payout(one)
        return None

    async def take_back(self, key: str, transfer_id: str, *, payout_id: str) -> str | NotNow:
        """The transfer comes back, all of it, once per key; the id of the reversal."""
        import stripe

        async with self.line() as client:
            there = read.plain(await client.v1.transfers.retrieve_async(transfer_id))
            for one in there["reversals"]["data"]:
                if read.key_of(one) == payout_id:
                    return str(one["id"])
            try:
                made = await client.v1.transfers.reversals.create_async(
                    transfer_id, {"metadata": {"arena": payout_id}}, {"idempotency_key": key}
                )
            except stripe.InvalidRequestError as refused:
                return _not_now(refused)
        self._after_answer()
        return made.id


def _not_now(refused: "stripe.InvalidRequestError") -> NotNow:
    """Raises what it is where that is not about the state of things."""
    if refused.code not in NOT_NOW:
        raise refused
    return NotNow(refused.code or "refused", refused.user_message or "")
