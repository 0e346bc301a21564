"""The gateway itself: charges as payment intents, cards kept by Checkout, refunds, and the lines of the balance.

A charge is one payment intent, named by our attempt in its metadata; `charge_id` is its id. It is tried without its
customer first; where his bank insists on him, the same intent is confirmed again with him, on the bank's page. Stripe's
search is up to a minute late and its keys are kept for 24 hours: the two overlap, so that nothing falls between.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from arena.kit.money import Money
from arena.money.billing.model import (
    Attached,
    CardRefused,
    CardTypedElsewhere,
    GatewayKeyReused,
    Movement,
    Outcome,
    Refunded,
)
from arena.money.billing.stripe import read
from arena.money.billing.stripe.client import calling

if TYPE_CHECKING:
    import stripe

PAGE = 100
EXPANDED = ["latest_charge.balance_transaction"]


@dataclass(frozen=True, slots=True)
class CardPage:
    """A visit to Stripe's page: its session, and where to send the person."""

    session_id: str
    url: str


class StripeGateway:
    """`origin` is where customers come back to; `after_answer` is called when Stripe has answered and before we say so:
    a test that raises there is a crash at the worst moment."""

    name = "stripe"
    cards: Literal["typed", "elsewhere", "none"] = "elsewhere"
    patience_s = 3600.0

    def __init__(
        self, key: str, *, url: str, origin: str, after_answer: Callable[[], None] | None = None
    ) -> None:
        self._key = key
        self._url = url
        self._origin = origin
        self._after_answer = after_answer or (lambda: None)

    def line(self) -> AbstractAsyncContextManager["stripe.StripeClient"]:
        """A client for a few calls; see `calling`."""
        return calling(self._key, self._url)

    async def attach(self, number: str) -> Attached:
        raise CardTypedElsewhere

    async def charge(self, idempotency_key: str, amount: Money, token: str) -> Outcome:
        import stripe

        customer, _, method = token.partition("/")
        wish: dict[str, Any] = {
            "amount": amount.minor, "currency": amount.currency.lower(), "customer": customer,
            "payment_method": method, "confirm": True, "off_session": True, "payment_method_types": ["card"],
            "metadata": {"arena": idempotency_key}, "expand": EXPANDED,
        }  # fmt: skip
        try:
            async with self.line() as client:
                try:
                    made = await client.v1.payment_intents.create_async(
                        wish,  # type: ignore[arg-type]  # the SDK's own TypedDict, made at run time
                        {"idempotency_key": idempotency_key},
                    )
                    outcome = read.outcome(made)
                except stripe.CardError as declined:
                    outcome = await self._declined(client, idempotency_key, declined, method)
                except stripe.InvalidRequestError as refused:
                    if refused.param not in ("payment_method", "customer"):
                        raise
                    outcome = Outcome("declined", "", "card_removed")  # at Stripe, by whose it was
        except stripe.IdempotencyError as reused:
            raise GatewayKeyReused(idempotency_key=idempotency_key) from reused
        self._after_answer()
        return outcome

    async def _declined(
        self, client: "stripe.StripeClient", key: str, declined: "stripe.CardError", method: str
    ) -> Outcome:
        """What a decline means; where the bank wants its customer, the same intent waits for him."""
        import stripe

        body = read.error_of(declined)
        intent = body.get("payment_intent")
        if intent is None:
            return Outcome("declined", "", read.decline_code(body))
        if body.get("code") != "authentication_required":
            return Outcome("declined", intent["id"], read.decline_code(body))
        try:
            asked = await client.v1.payment_intents.confirm_async(
                intent["id"],
                {"payment_method": method, "return_url": f"{self._origin}/subscriptions", "expand": EXPANDED},
                {"idempotency_key": f"{key}:with-customer"},
            )  # fmt: skip
        except stripe.CardError as refused:
            return Outcome("declined", intent["id"], read.decline_code(read.error_of(refused)))
        return read.outcome(asked)

    async def find(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome | None:
        async with self.line() as client:
            intent = await self._intent(client, idempotency_key, charge_id)
        return None if intent is None else read.outcome(intent)

    async def confirm(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome:
        """What the customer did on his bank's page, Stripe knows; nothing is done here."""
        found = await self.find(idempotency_key, charge_id=charge_id)
        assert found is not None, f"Stripe has no charge {idempotency_key}"
        return found

    async def abandon(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome:
        import stripe

        async with self.line() as client:
            intent = await self._intent(client, idempotency_key, charge_id)
            assert intent is not None, f"Stripe has no charge {idempotency_key}"
            try:
                intent = await client.v1.payment_intents.cancel_async(
                    intent.id, {"cancellation_reason": "abandoned", "expand": EXPANDED}
                )
            except stripe.InvalidRequestError as late:
                if late.code != "payment_intent_unexpected_state":
                    raise
                intent = await client.v1.payment_intents.retrieve_async(
                    intent.id, {"expand": EXPANDED}
                )
        return read.outcome(intent)

    async def _intent(
        self, client: "stripe.StripeClient", key: str, charge_id: str | None
    ) -> "stripe.PaymentIntent | None":
        """By its id, at once; else by our key, which Stripe finds a minute after it was used."""
        if charge_id is None:
            found = await client.v1.payment_intents.search_async(
                {"query": f"metadata['arena']:'{key}'", "limit": 1}
            )
            if not found.data:
                return None
            charge_id = found.data[0].id
        return await client.v1.payment_intents.retrieve_async(charge_id, {"expand": EXPANDED})

    async def refund(self, idempotency_key: str, amount: Money, charge_id: str) -> Refunded:
        import stripe

        async with self.line() as client:
            try:
                made = await client.v1.refunds.create_async(
                    {
                        "payment_intent": charge_id, "amount": amount.minor,
                        "reason": "requested_by_customer", "metadata": {"arena": idempotency_key},
                    },
                    {"idempotency_key": idempotency_key},
                )  # fmt: skip
            except stripe.InvalidRequestError as refused:
                return Refunded("failed", "", refused.code or "refused")
        self._after_answer()
        return read.refunded(made)

    async def find_refund(
        self, idempotency_key: str, *, charge_id: str, refund_id: str | None = None
    ) -> Refunded | None:
        async with self.line() as client:
            if refund_id is not None:
                return read.refunded(await client.v1.refunds.retrieve_async(refund_id))
            listed = await client.v1.refunds.list_async(
                {"payment_intent": charge_id, "limit": PAGE}
            )
        for one in listed.data:
            if read.key_of(read.plain(one)) == idempotency_key:
                return read.refunded(one)
        return None

    async def movements(self, since: datetime) -> list[Movement]:
        """All lines of the balance since then, fees apart."""
        found: list[Movement] = []
        async with self.line() as client:
            lines = await client.v1.balance_transactions.list_async({
                "limit": PAGE, "created": {"gte": int(since.timestamp())}, "expand": ["data.source"],
            })  # fmt: skip
            async for line in lines.auto_paging_iter():
                found += read.movements(line)
        return found

    async def new_customer(self, person_id: str) -> str:
        """Stripe's id of a person; it is told nothing of him but our id."""
        async with self.line() as client:
            made = await client.v1.customers.create_async(
                {"metadata": {"arena": person_id}}, {"idempotency_key": f"customer:{person_id}"}
            )
        return made.id

    async def card_page(self, key: str, customer_id: str, *, back: str) -> CardPage:
        """A page of Stripe's for a person to type his card; he comes back to `back`, a path of ours."""
        async with self.line() as client:
            wish: Any = {
                "mode": "setup", "customer": customer_id, "payment_method_types": ["card"],
                "success_url": f"{self._origin}{back}", "cancel_url": f"{self._origin}{back}",
                "client_reference_id": key,
            }  # fmt: skip
            made = await client.v1.checkout.sessions.create_async(wish, {"idempotency_key": key})
        assert made.url is not None, f"Stripe gave no page for {key}"
        return CardPage(made.id, made.url)

    async def portal(self, customer_id: str, *, back: str) -> str:
        """Stripe's page of a person's cards and charges, good for minutes; he comes back to `back`, a path of ours."""
        async with self.line() as client:
            made = await client.v1.billing_portal.sessions.create_async(
                {"customer": customer_id, "return_url": f"{self._origin}{back}"}
            )
        return made.url

    async def cards_of(self, customer_id: str) -> list[Attached]:
        """All cards that Stripe keeps for a person."""
        async with self.line() as client:
            listed = await client.v1.customers.payment_methods.list_async(
                customer_id, {"type": "card", "limit": PAGE}
            )
            return [read.kept(customer_id, one) async for one in listed.auto_paging_iter()]

    async def card_of(self, session_id: str) -> Attached | None:
        """The card that was typed in a visit; None while there is none."""
        async with self.line() as client:
            seen = await client.v1.checkout.sessions.retrieve_async(
                session_id, {"expand": ["setup_intent.payment_method"]}
            )
        return read.attached(seen)

    async def keep(self, method_id: str, customer_id: str) -> Attached:
        """Keeps a payment method that Stripe has, e.g. a test card by its name. Raises CardRefused."""
        import stripe

        async with self.line() as client:
            try:
                made = await client.v1.payment_methods.attach_async(
                    method_id, {"customer": customer_id}
                )
            except stripe.CardError as refused:
                raise CardRefused(reason=read.decline_code(read.error_of(refused))) from refused
        return read.kept(customer_id, made)
