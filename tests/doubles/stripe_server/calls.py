"""What this Stripe can be asked: method, path, and what is done about it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.doubles.stripe_server import accounts, cards, payments, refunds, transfers
from tests.doubles.stripe_server.books import Books, Thing

ACCOUNT = "acct_local"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: whose books it is about, the id in its path, its form; `theirs` are those of connected accounts."""

    books: Books
    theirs: dict[str, Books]
    platform: Books
    id: str
    given: dict[str, Any]
    url: str

    def get(self, kind: str) -> Thing:
        return self.books.get(kind, self.id)

    def listed(self, kind: str, path: str, *by: str) -> Thing:
        found = [
            one for one in self.books.all(kind)
            if all(self.given.get(name) in (None, one[name]) for name in by)
        ]  # fmt: skip
        return self.books.page(found, self.given, path)

    def account(self) -> Thing:
        """That of the books; the platform's own where it is none of the connected ones."""
        return self.platform.get("account", self.books.of) if self.books.of else _OWN


Do = Callable[[Call], Thing]
_OWN: Thing = {
    "id": ACCOUNT, "object": "account", "type": "standard", "country": "US", "default_currency": "usd",
    "charges_enabled": True, "payouts_enabled": True, "details_submitted": True, "created": 1_600_000_000,
    "metadata": {},
    **dict.fromkeys((
        "business_profile", "business_type", "capabilities", "controller", "email", "external_accounts",
        "future_requirements", "requirements", "settings", "tos_acceptance",
    )),
}  # fmt: skip
_ID = r"([A-Za-z0-9_]+)"
CALLS: list[tuple[str, str, Do]] = [
    ("POST", "/v1/customers", lambda c: cards.create_customer(c.books, c.given)),
    ("GET", f"/v1/customers/{_ID}", lambda c: c.get("customer")),
    ("GET", f"/v1/customers/{_ID}/payment_methods", lambda c: c.books.page(
        cards.kept_by(c.books, c.id), c.given, f"/v1/customers/{c.id}/payment_methods")),
    ("POST", f"/v1/payment_methods/{_ID}/attach", lambda c: cards.attach(c.books, c.id, c.given)),
    ("POST", f"/v1/payment_methods/{_ID}/detach", lambda c: cards.detach(c.books, c.id)),
    ("GET", f"/v1/payment_methods/{_ID}", lambda c: c.get("payment_method")),
    ("POST", "/v1/checkout/sessions", lambda c: cards.create_session(c.books, c.given, c.url)),
    ("GET", f"/v1/checkout/sessions/{_ID}", lambda c: c.get("checkout.session")),
    ("POST", "/v1/billing_portal/sessions", lambda c: cards.create_portal(c.books, c.given, c.url)),
    ("GET", f"/v1/setup_intents/{_ID}", lambda c: c.get("setup_intent")),
    ("POST", "/v1/payment_intents", lambda c: payments.create(c.books, c.given)),
    ("GET", "/v1/payment_intents/search", lambda c: payments.search(c.books, c.given)),
    ("GET", f"/v1/payment_intents/{_ID}", lambda c: c.get("payment_intent")),
    ("POST", f"/v1/payment_intents/{_ID}/confirm", lambda c: payments.confirm(c.books, c.id, c.given)),
    ("POST", f"/v1/payment_intents/{_ID}/cancel", lambda c: payments.cancel(c.books, c.id, c.given)),
    ("GET", f"/v1/charges/{_ID}", lambda c: c.get("charge")),
    ("POST", "/v1/refunds", lambda c: refunds.create(c.books, c.given)),
    ("GET", f"/v1/refunds/{_ID}", lambda c: c.get("refund")),
    ("GET", "/v1/refunds", lambda c: c.listed("refund", "/v1/refunds", "payment_intent")),
    ("GET", f"/v1/disputes/{_ID}", lambda c: c.get("dispute")),
    ("GET", "/v1/balance_transactions", lambda c: c.listed("balance_transaction", "/v1/balance_transactions")),
    ("GET", "/v1/events", lambda c: c.books.page(list(reversed(c.books.events)), c.given, "/v1/events")),
    ("GET", "/v1/account", lambda c: c.account()),
    ("POST", "/v1/accounts", lambda c: accounts.create(c.books, c.given)),
    ("GET", "/v1/accounts", lambda c: c.listed("account", "/v1/accounts")),
    ("GET", f"/v1/accounts/{_ID}", lambda c: c.get("account")),
    ("POST", f"/v1/accounts/{_ID}/login_links", lambda c: accounts.login_link(c.books, c.id, c.url)),
    ("POST", "/v1/account_links", lambda c: accounts.link(c.books, c.given, c.url)),
    ("POST", "/v1/transfers", lambda c: transfers.create(c.books, c.theirs, c.given)),
    ("GET", "/v1/transfers", lambda c: c.listed("transfer", "/v1/transfers", "transfer_group", "destination")),
    ("GET", f"/v1/transfers/{_ID}", lambda c: c.get("transfer")),
    ("POST", f"/v1/transfers/{_ID}/reversals", lambda c: transfers.reverse(c.books, c.theirs, c.id, c.given)),
    ("POST", "/v1/payouts", lambda c: transfers.pay_out(c.books, c.account(), c.given)),
    ("GET", "/v1/payouts", lambda c: c.listed("payout", "/v1/payouts", "status")),
    ("GET", f"/v1/payouts/{_ID}", lambda c: c.get("payout")),
]  # fmt: skip


def call_of(call: str) -> str:
    """Which of the table a call is; itself where none."""
    method, _, path = call.partition(" ")
    return next(
        (f"{of} {shape}" for of, shape, _ in CALLS if of == method and re.fullmatch(shape, path)),
        call,
    )
