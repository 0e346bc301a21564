"""Subscriptions: a payment method, subscribe, cancel."""

from sigma_sdk.exchange import Plan, change, fetch
from sigma_sdk.operation import Turn, operation, paged
from sigma_sdk.pages import Json, list_of


class Subscriptions:
    """Buying signals."""

    @operation
    def add_payment_method(self, card: str) -> Plan[Json]:
        """Keeps a card. The local arena takes the test cards, e.g. 4242424242424242."""
        answer: Json = yield from change("POST", "/billing/payment-methods", {"card": card})
        return answer

    @operation
    def payment_methods(self) -> Plan[Json]:
        """The caller's cards."""
        answer: Json = yield from fetch("/billing/payment-methods")
        return answer

    @operation
    def subscribe(
        self, listing_id: str, *, tier: str, payment_method_id: str, intent: str | None = None
    ) -> Plan[Json]:
        """Subscribes and pays the first month. Raises ArenaProblem `card_declined` with status 402."""
        body = {"listing_id": listing_id, "tier": tier, "payment_method_id": payment_method_id}
        answer: Json = yield from change("POST", "/market/subscribe", body, intent=intent)
        return answer

    @operation
    def confirm_payment(self, attempt_id: str) -> Plan[Json]:
        """Does what the card's bank asked for (`requires_action`)."""
        answer: Json = yield from change("POST", f"/billing/actions/{attempt_id}/confirm")
        return answer

    @paged
    def subscriptions(self, *, limit: int = 50) -> Turn[Json]:
        """The caller's subscriptions."""
        return list_of("/market/subscriptions", limit=limit)

    @operation
    def cancel(self, subscription_id: str, *, at: str = "period_end") -> Plan[Json]:
        """Cancels at the end of the paid period, or `now`."""
        body = {"subscription_id": subscription_id, "at": at}
        answer: Json = yield from change("POST", "/market/cancel", body)
        return answer
