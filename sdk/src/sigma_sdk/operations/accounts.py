"""One's own trading: orders, portfolio."""

from sigma_sdk.exchange import Plan, change, fetch
from sigma_sdk.operation import Turn, operation, paged
from sigma_sdk.pages import Json, list_of


class Accounts:
    """Orders and portfolios of the caller."""

    @operation
    def place_order(self, order: Json, *, intent: str | None = None) -> Plan[Json]:
        """Places an order on the caller's own account: symbol, side, type, quantity, prices as strings."""
        answer: Json = yield from change("POST", "/orders", order, intent=intent)
        return answer

    @operation
    def cancel_order(self, order_id: str) -> Plan[Json]:
        """Cancels an open order."""
        answer: Json = yield from change("DELETE", f"/orders/{order_id}")
        return answer

    @operation
    def order(self, order_id: str) -> Plan[Json]:
        """One order."""
        answer: Json = yield from fetch(f"/orders/{order_id}")
        return answer

    @paged
    def orders(self, *, limit: int = 100) -> Turn[Json]:
        """The caller's orders."""
        return list_of("/orders", limit=limit)

    @operation
    def portfolio(self) -> Plan[Json]:
        """The caller's accounts: balances, positions, equity."""
        answer: Json = yield from fetch("/portfolio")
        return answer
