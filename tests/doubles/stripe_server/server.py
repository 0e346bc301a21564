"""The server itself: HTTP on loopback, the key checked, idempotency, faults, one table of calls."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from tests.doubles.stripe_server import cards, disputes, payments, refunds
from tests.doubles.stripe_server.books import Books, Thing
from tests.doubles.stripe_server.errors import StripeError
from tests.doubles.stripe_server.faults import Faults
from tests.doubles.stripe_server.forms import parse
from tests.doubles.stripe_server.keys import Keys
from tests.doubles.stripe_server.webhooks import Mailbox

SECRET_KEY = "sk_test_of_the_local_server"
ACCOUNT = "acct_local"
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 404: "Not Found",
           409: "Conflict", 429: "Too Many Requests", 500: "Internal Server Error"}  # fmt: skip
Do = Callable[["StripeServer", str, dict[str, Any]], Thing]
_ID = r"([A-Za-z0-9_]+)"
CALLS: list[tuple[str, str, Do]] = [
    ("POST", "/v1/customers", lambda s, _, g: cards.create_customer(s.books, g)),
    ("GET", f"/v1/customers/{_ID}", lambda s, i, _: s.books.get("customer", i)),
    ("POST", f"/v1/payment_methods/{_ID}/attach", lambda s, i, g: cards.attach(s.books, i, g)),
    ("GET", f"/v1/payment_methods/{_ID}", lambda s, i, _: s.books.get("payment_method", i)),
    ("POST", "/v1/checkout/sessions", lambda s, _, g: cards.create_session(s.books, g, s.url)),
    ("GET", f"/v1/checkout/sessions/{_ID}", lambda s, i, _: s.books.get("checkout.session", i)),
    ("GET", f"/v1/setup_intents/{_ID}", lambda s, i, _: s.books.get("setup_intent", i)),
    ("POST", "/v1/payment_intents", lambda s, _, g: payments.create(s.books, g)),
    ("GET", "/v1/payment_intents/search", lambda s, _, g: payments.search(s.books, g)),
    ("GET", f"/v1/payment_intents/{_ID}", lambda s, i, _: s.books.get("payment_intent", i)),
    ("POST", f"/v1/payment_intents/{_ID}/confirm", lambda s, i, g: payments.confirm(s.books, i, g)),
    ("POST", f"/v1/payment_intents/{_ID}/cancel", lambda s, i, g: payments.cancel(s.books, i, g)),
    ("GET", f"/v1/charges/{_ID}", lambda s, i, _: s.books.get("charge", i)),
    ("POST", "/v1/refunds", lambda s, _, g: refunds.create(s.books, g)),
    ("GET", f"/v1/refunds/{_ID}", lambda s, i, _: s.books.get("refund", i)),
    ("GET", "/v1/refunds", lambda s, _, g: s.listed("refund", "/v1/refunds", g, "payment_intent")),
    ("GET", f"/v1/disputes/{_ID}", lambda s, i, _: s.books.get("dispute", i)),
    ("GET", "/v1/balance_transactions",
     lambda s, _, g: s.listed("balance_transaction", "/v1/balance_transactions", g)),
    ("GET", "/v1/events", lambda s, _, g: s.books.page(list(reversed(s.books.events)), g, "/v1/events")),
    ("GET", "/v1/account", lambda _s, _i, _g: {"id": ACCOUNT, "object": "account", "charges_enabled": True}),
]  # fmt: skip


class StripeServer:
    """Its books, its faults, and what customers and banks do to it."""

    def __init__(self) -> None:
        self.books = Books()
        self.faults = Faults()
        self.keys = Keys()
        self.mailbox = Mailbox(self.books)
        self.calls: list[str] = []
        self.url = ""

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

    def decide(self, dispute_id: str, *, won: bool) -> Thing:
        return disputes.close_dispute(self.books, dispute_id, won=won)

    @property
    def balance(self) -> int:
        return sum(one["net"] for one in self.books.all("balance_transaction"))

    def listed(self, kind: str, url: str, given: dict[str, Any], *by: str) -> Thing:
        found = [
            one for one in self.books.all(kind)
            if all(given.get(name) in (None, one[name]) for name in by)
        ]  # fmt: skip
        return self.books.page(found, given, url)

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
            kept = self.keys.begin(key, call, body, self.books.now()) if key else None
        except StripeError as refused:
            return refused.status, refused.body
        answer = kept or await self._first(call, body if method == "POST" else query, key)
        return None if self.faults.take(call, "drop") else answer

    async def _first(self, call: str, form: str, key: str | None) -> tuple[int, Any]:
        if self.faults.take(call, "slow"):
            await asyncio.sleep(0.3)
        try:
            answer: tuple[int, Any] = (200, self._do(call, parse(form)))
            done = True
        except StripeError as refused:
            answer, done = (refused.status, refused.body), refused.status == 402
        if done and self.faults.take(call, "500"):
            answer = (500, {"error": {"type": "api_error", "message": "Something went wrong."}})
        if key:
            self.keys.end(key, answer if done else None)
        return answer

    def _do(self, call: str, given: dict[str, Any]) -> Thing:
        method, _, path = call.partition(" ")
        for of, shape, do in CALLS:
            found = re.fullmatch(shape, path)
            if of == method and found:
                answer = do(self, found[1] if found.groups() else "", given)
                return self.books.expand(answer, given.get("expand") or [])
        raise StripeError(404, "invalid_request_error", f"Unrecognized request URL ({call}).")
