"""The server itself: HTTP on loopback, the key checked, idempotency, faults, and what people do to its books."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from tests.doubles.stripe_server import accounts, cards, disputes, payments, refunds, transfers
from tests.doubles.stripe_server.books import Books, Thing, shown
from tests.doubles.stripe_server.calls import ACCOUNT, CALLS, Call
from tests.doubles.stripe_server.errors import StripeError
from tests.doubles.stripe_server.faults import Faults
from tests.doubles.stripe_server.forms import parse
from tests.doubles.stripe_server.keys import Keys
from tests.doubles.stripe_server.webhooks import Mailbox

__all__ = ["ACCOUNT", "SECRET_KEY", "StripeServer"]
SECRET_KEY = "sk_test_of_the_local_server"
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden",
           404: "Not Found", 409: "Conflict", 429: "Too Many Requests", 500: "Internal Server Error"}  # fmt: skip


class StripeServer:
    """Its books, its faults, and what customers and banks do to it. `first` is the number in its first id."""

    def __init__(self, *, first: int = 1) -> None:
        self.books = Books(first=first)
        self.faults = Faults()
        self.keys = Keys()
        self.mailbox = Mailbox(self.books)
        self.calls: list[str] = []
        self.theirs: dict[str, Books] = {}
        self.url = ""

    @property
    def refuse_refunds(self) -> str | None:
        """Stripe's code by which every refund is refused, e.g. balance_insufficient; None: none is."""
        return self.books.refuse_refunds

    @refuse_refunds.setter
    def refuse_refunds(self, code: str | None) -> None:
        self.books.refuse_refunds = code

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["StripeServer"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield self

    def pass_time(self, seconds: int) -> None:
        self.books.passed_s += seconds

    def complete_checkout(self, session_id: str, number: str = "4242424242424242") -> str:
        return cards.complete_session(self.books, session_id, number)

    def authenticate(self, intent_id: str, *, well: bool = True) -> None:
        payments.authenticate(self.books, intent_id, well=well)

    def finish_refund(self, refund_id: str) -> None:
        refunds.finish(self.books, refund_id)

    def dispute(self, intent_id: str, amount: int | None = None) -> Thing:
        charge = self.books.get("payment_intent", intent_id)["latest_charge"]
        return disputes.open_dispute(self.books, charge, amount)

    def decide(self, dispute_id: str, *, won: bool, fee_back: bool = False) -> Thing:
        return disputes.close_dispute(self.books, dispute_id, won=won, fee_back=fee_back)

    def inquire(self, intent_id: str) -> Thing:
        """A bank asks about a charge, before it disputes it."""
        return disputes.inquire(
            self.books, self.books.get("payment_intent", intent_id)["latest_charge"]
        )

    def escalate(self, dispute_id: str) -> Thing:
        return disputes.escalate(self.books, dispute_id)

    def close_inquiry(self, dispute_id: str) -> Thing:
        return disputes.close_inquiry(self.books, dispute_id)

    def refund_by_dashboard(self, intent_id: str, amount: int | None = None) -> Thing:
        """Somebody gives a charge back on Stripe's own pages: it carries no name of ours."""
        wish = {"payment_intent": intent_id} | ({} if amount is None else {"amount": str(amount)})
        return refunds.create(self.books, wish)

    def detach(self, method_id: str) -> None:
        cards.detach(self.books, method_id)

    def onboard(
        self, account_id: str, number: str = "000123456789", leaving: tuple[str, ...] = ()
    ) -> None:
        """A creator fills in Stripe's form."""
        accounts.fill_in(
            self.books, self.of(account_id), self.books.get("account", account_id), number, leaving
        )

    def require(self, account_id: str, *due: str, closes: bool = True) -> None:
        accounts.require(
            self.of(account_id), self.books.get("account", account_id), *due, closes=closes
        )

    def swap_bank(self, account_id: str, number: str) -> None:
        accounts.bank(
            self.books, self.of(account_id), self.books.get("account", account_id), number
        )

    def close_account(self, account_id: str, why: str = "rejected.fraud") -> None:
        accounts.close(self.of(account_id), self.books.get("account", account_id), why)

    def end_payout(self, account_id: str, payout_id: str, *, fails: str | None = None) -> None:
        """What the creator's bank does."""
        transfers.end_payout(self.of(account_id), payout_id, fails=fails)

    def to_own_bank(self, amount: int, currency: str = "usd") -> Thing:
        """Stripe pays out to the bank account of whoever runs the arena."""
        return transfers.begin_payout(self.books, amount, currency, automatic=True)

    def of(self, account_id: str) -> Books:
        """The books of a connected account."""
        return self.theirs.setdefault(account_id, Books(platform=self.books, of=account_id))

    @property
    def balance(self) -> int:
        return sum(one["net"] for one in self.books.all("balance_transaction"))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            answer = await self._answer(method, target, headers, body.decode())
            if answer is not None:
                status, content = answer
                data = json.dumps(content).encode()
                writer.write(
                    f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\n"
                    f"Request-Id: req_{len(self.calls)}\r\nContent-Length: {len(data)}\r\n"
                    "Connection: close\r\n\r\n".encode() + data
                )  # fmt: skip
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, method: str, target: str, headers: dict[str, str], body: str
    ) -> tuple[int, Any] | None:
        """None: the answer is lost on its way."""
        path, _, query = target.partition("?")
        call = f"{method} {unquote(path)}"
        self.calls.append(call)
        try:
            if headers.get("authorization") != f"Bearer {SECRET_KEY}":
                raise StripeError(401, "invalid_request_error", "Invalid API Key provided.")
            if self.faults.take(call, "429"):
                raise StripeError(
                    429, "invalid_request_error", "Too many requests.", code="rate_limit"
                )
            key = headers.get("idempotency-key") if method == "POST" else None
            whose = self._books_of(headers.get("stripe-account"))
            # Each account has keys of its own.
            key = key and f"{whose.of}:{key}"
            kept = self.keys.begin(key, call, body, self.books.now()) if key else None
        except StripeError as refused:
            return refused.status, refused.body
        answer = kept or await self._first(whose, call, body if method == "POST" else query, key)
        return None if self.faults.take(call, "drop") else answer

    def _books_of(self, account_id: str | None) -> Books:
        if account_id is None:
            return self.books
        if account_id not in self.books.things.get("account", {}):
            raise StripeError(
                403, "invalid_request_error", f"The provided key does not have access to account '{account_id}'.",
                code="account_invalid",
            )  # fmt: skip
        return self.of(account_id)

    async def _first(self, books: Books, call: str, form: str, key: str | None) -> tuple[int, Any]:
        if self.faults.take(call, "slow"):
            await asyncio.sleep(0.3)
        try:
            answer: tuple[int, Any] = (200, self._do(books, call, parse(form)))
            done = True
        except StripeError as refused:
            answer, done = (refused.status, refused.body), refused.kept
        if done and self.faults.take(call, "500"):
            answer = (500, {"error": {"type": "api_error", "message": "Something went wrong."}})
        if key:
            self.keys.end(key, answer if done else None)
        return answer

    def _do(self, books: Books, call: str, given: dict[str, Any]) -> Thing:
        method, _, path = call.partition(" ")
        for of, shape, do in CALLS:
            found = re.fullmatch(shape, path)
            if of == method and found:
                for account in self.books.things.get("account", {}):
                    self.of(account)
                name = found[1] if found.groups() else ""
                answer = do(Call(books, self.theirs, self.books, name, given, self.url))
                return shown(books.expand(answer, given.get("expand") or []))
        raise StripeError(404, "invalid_request_error", f"Unrecognized request URL ({call}).")
