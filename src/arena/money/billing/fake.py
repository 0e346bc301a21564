"""The fake gateway: for machines without a payment account. Keeps its own books, as if it stood elsewhere.

It takes test cards only, charges once per idempotency key, and each of its calls is a transaction of its
own on its own connection. Its tables are fake_charge and fake_refund, which nobody else reads.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from arena.kit.canonical import document_sha
from arena.kit.db import Database, Row, Tx
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.money.billing.model import (
    Attached,
    CardRefused,
    GatewayKeyReused,
    Movement,
    Outcome,
    Refunded,
)

# What becomes of a charge, by card; the numbers are those Stripe publishes for its test mode.
CARDS: dict[str, tuple[str, str | None]] = {
    "4242424242424242": ("succeeded", None),
    "4000000000000002": ("declined", "card_declined"),
    "4000000000009995": ("declined", "insufficient_funds"),
    "4000000000000341": ("declined", "charge_failed"),
    "4000002500003155": ("requires_action", None),
}


class FakeGateway:
    """`after_commit` is called when a charge is in the books and before the answer is given: a test that
    raises there is a crash at the worst moment."""

    name = "fake"
    cards: Literal["typed", "elsewhere", "none"] = "typed"
    patience_s = 3600.0

    def __init__(self, db: Database, *, after_commit: Callable[[], None] | None = None) -> None:
        self._db = db
        self._after_commit = after_commit

    async def attach(self, number: str) -> Attached:
        digits = number.replace(" ", "")
        if digits not in CARDS:
            raise CardRefused(reason="not a test card")
        return Attached(f"tok_{digits}", f"test card ending in {digits[-4:]}")

    async def charge(self, idempotency_key: str, amount: Money, token: str) -> Outcome:
        sha = document_sha(
            {"amount": str(amount.minor), "currency": amount.currency, "token": token}
        )
        state, decline_code = CARDS[token.removeprefix("tok_")]
        async with self._db.transaction() as tx:
            await tx.execute(
                """insert into fake_charge
                     (id, idempotency_key, request_sha, amount, currency, token, state, decline_code)
                   values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing""",
                derived("fch", idempotency_key), idempotency_key, sha, amount.minor, amount.currency,
                token, state, decline_code,
            )  # fmt: skip
            row = await _row(tx, idempotency_key)
        assert row is not None
        if row["request_sha"] != sha:
            raise GatewayKeyReused(idempotency_key=idempotency_key)
        if self._after_commit:
            self._after_commit()
        return _outcome(row)

    async def find(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome | None:
        async with self._db.transaction(readonly=True) as tx:
            row = await _row(tx, idempotency_key)
        return None if row is None else _outcome(row)

    async def confirm(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome:
        return await self._end(idempotency_key, "succeeded", None)

    async def abandon(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome:
        return await self._end(idempotency_key, "declined", "not_confirmed")

    async def _end(self, idempotency_key: str, state: str, decline_code: str | None) -> Outcome:
        """Ends a charge that waits for its customer; of two ends the first one counts."""
        async with self._db.transaction() as tx:
            await tx.execute(
                "update fake_charge set state = $2, decline_code = $3"
                " where idempotency_key = $1 and state = 'requires_action'",
                idempotency_key, state, decline_code,
            )  # fmt: skip
            row = await _row(tx, idempotency_key)
        assert row is not None, f"the fake gateway has no charge {idempotency_key}"
        return _outcome(row)

    async def refund(self, idempotency_key: str, amount: Money, charge_id: str) -> Refunded:
        """Never more than was charged."""
        async with self._db.transaction() as tx:
            charge = await tx.fetchrow(
                "select amount, state from fake_charge where id = $1 for update", charge_id
            )
            made = await _refund(tx, idempotency_key)
            if made is None:
                given = await tx.fetchval(
                    "select coalesce(sum(amount), 0)::bigint from fake_refund where charge_id = $1",
                    charge_id,
                )
                if charge is None or charge["state"] != "succeeded":
                    return Refunded("failed", "", "charge_missing")
                if given + amount.minor > charge["amount"]:
                    return Refunded("failed", "", "amount_too_large")
                made = derived("frf", idempotency_key)
                await tx.execute(
                    "insert into fake_refund (id, idempotency_key, charge_id, amount) values ($1, $2, $3, $4)",
                    made, idempotency_key, charge_id, amount.minor,
                )  # fmt: skip
        if self._after_commit:
            self._after_commit()
        return Refunded("succeeded", made)

    async def find_refund(
        self, idempotency_key: str, *, charge_id: str, refund_id: str | None = None
    ) -> Refunded | None:
        async with self._db.transaction(readonly=True) as tx:
            made = await _refund(tx, idempotency_key)
        return None if made is None else Refunded("succeeded", made)

    async def movements(self, since: datetime) -> list[Movement]:
        async with self._db.transaction(readonly=True) as tx:
            rows = await tx.fetch(
                """select id, 'charge' as kind, idempotency_key as key, amount, currency, at from fake_charge
                     where state = 'succeeded' and at >= $1
                   union all
                   select r.id, 'refund', r.idempotency_key, -r.amount, c.currency, r.at
                     from fake_refund r join fake_charge c on c.id = r.charge_id where r.at >= $1
                   order by at, id""",
                since,
            )
        return [
            Movement(row["id"], row["kind"], row["key"], row["amount"], row["currency"], row["at"])
            for row in rows
        ]


async def _row(tx: Tx, idempotency_key: str) -> Row | None:
    return await tx.fetchrow(
        "select id, idempotency_key, request_sha, state, decline_code from fake_charge where idempotency_key = $1",
        idempotency_key,
    )


def _outcome(row: Row) -> Outcome:
    waits = row["state"] == "requires_action"
    action_url = f"/billing/actions/{row['idempotency_key']}/confirm" if waits else None
    return Outcome(row["state"], row["id"], row["decline_code"], action_url)


async def _refund(tx: Tx, idempotency_key: str) -> str | None:
    found: str | None = await tx.fetchval(
        "select id from fake_refund where idempotency_key = $1", idempotency_key
    )
    return found
