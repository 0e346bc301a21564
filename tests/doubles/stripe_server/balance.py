"""Lines of the balance, from which a gateway's books are compared with others."""

from tests.doubles.stripe_server.books import Books, Thing


def move(
    books: Books, kind: str, amount: int, *, fee: int, source: str, currency: str, about: str = ""
) -> Thing:
    """A line of the balance: what came in or went out, and Stripe's fee."""
    return books.make(
        "balance_transaction", "txn", type=kind, amount=amount, fee=fee, net=amount - fee, source=source,
        currency=currency, status="pending", reporting_category=about or kind, description=None,
        exchange_rate=None, available_on=books.now() + 172_800,
    )  # fmt: skip
