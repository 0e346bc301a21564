"""The manual gateway: customers transfer to a bank account, and an operator says what arrived and what he sent back.

For operators without a payment processor. Its books are the tables manual_charge and manual_refund: what is awaited,
what came with which reference of the bank. A charge waits for its customer until the transfer is confirmed.
"""

from datetime import datetime
from typing import Literal

from arena.kit.db import Database, Row, Tx
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.money.billing.model import (
    Attached,
    CardRefused,
    GatewayKeyReused,
    Movement,
    NotByHand,
    Outcome,
    Refunded,
)

PATIENCE_S = 14 * 86_400.0
TRANSFER = "bank transfer"


class ManualGateway:
    """`receive` and `sent` are what an operator does; everything else is the port."""

    name = "manual"
    cards: Literal["typed", "elsewhere", "none"] = "none"
    patience_s = PATIENCE_S

    def __init__(self, db: Database) -> None:
        self._db = db

    async def attach(self, number: str) -> Attached:
        """There is but one way to pay, by its name."""
        if number != TRANSFER:
            raise CardRefused(reason="this arena is paid by bank transfer")
        return Attached("transfer", TRANSFER)

    async def charge(self, idempotency_key: str, amount: Money, token: str) -> Outcome:
        async with self._db.transaction() as tx:
            await tx.execute(
                """insert into manual_charge (id, idempotency_key, amount, currency, state)
                   values ($1, $2, $3, $4, 'requires_action') on conflict do nothing""",
                derived("mch", idempotency_key), idempotency_key, amount.minor, amount.currency,
            )  # fmt: skip
            row = await _charge(tx, idempotency_key)
        assert row is not None
        if (row["amount"], row["currency"]) != (amount.minor, amount.currency):
            raise GatewayKeyReused(idempotency_key=idempotency_key)
        return _outcome(row)

    async def find(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome | None:
        async with self._db.transaction(readonly=True) as tx:
            row = await _charge(tx, idempotency_key)
        return None if row is None else _outcome(row)

    async def confirm(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome:
        """Not for the customer to say: as it stands."""
        found = await self.find(idempotency_key)
        assert found is not None, f"no transfer was asked for by {idempotency_key}"
        return found

    async def abandon(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome:
        return await self._end(idempotency_key, "declined", None)

    async def receive(self, idempotency_key: str, bank_reference: str) -> Outcome:
        """An operator saw the money; of two ends the first one counts. Raises NotByHand."""
        return await self._end(idempotency_key, "succeeded", bank_reference)

    async def _end(self, key: str, state: str, bank_reference: str | None) -> Outcome:
        async with self._db.transaction() as tx:
            await tx.execute(
                """update manual_charge set state = $2, bank_reference = $3, ended_at = clock_timestamp()
                   where idempotency_key = $1 and state = 'requires_action'""",
                key, state, bank_reference,
            )  # fmt: skip
            row = await _charge(tx, key)
        if row is None:
            raise NotByHand(attempt_id=key)
        return _outcome(row)

    @staticmethod
    async def book_late(tx: Tx, key: str, bank_reference: str) -> bool:
        """The money came after the charge was given up: it is in these books with the caller's journal of the key and
        `:late`. False where that is known. Raises NotByHand where it was not given up."""
        row = await _charge(tx, key)
        if row is None or row["state"] != "declined":
            raise NotByHand(attempt_id=key)
        made = await tx.fetchval(
            """update manual_charge set late_reference = $2, late_at = clock_timestamp()
               where idempotency_key = $1 and late_at is null returning id""",
            key, bank_reference,
        )  # fmt: skip
        return made is not None

    @staticmethod
    async def book_sent(tx: Tx, key: str, amount: Money, bank_reference: str) -> Refunded:
        """Money of a payment that came by another gateway went back by the bank. Repeatable."""
        await tx.execute(
            """insert into manual_refund (id, idempotency_key, amount, currency, state, bank_reference, ended_at)
               values ($1, $2, $3, $4, 'succeeded', $5, clock_timestamp()) on conflict do nothing""",
            derived("mrf", key), key, amount.minor, amount.currency, bank_reference,
        )  # fmt: skip
        row = await _refund(tx, key)
        assert row is not None
        return _refunded(row)

    @staticmethod
    async def book_came_back(tx: Tx, key: str) -> Refunded:
        """A transfer to a customer came back, or cannot be made. Raises NotByHand."""
        await tx.execute(
            """update manual_refund set state = 'failed', came_back_at = clock_timestamp()
               where idempotency_key = $1 and state <> 'failed'""",
            key,
        )
        row = await _refund(tx, key)
        if row is None:
            raise NotByHand(attempt_id=key)
        return _refunded(row)

    @staticmethod
    async def book_received(tx: Tx, key: str, amount: Money, bank_reference: str) -> None:
        """A transfer that came for an invoice, and not for a charge: it is in these books with the caller's journal
        of the same key. Repeatable."""
        await tx.execute(
            """insert into manual_charge (id, idempotency_key, amount, currency, state, bank_reference, ended_at)
               values ($1, $2, $3, $4, 'succeeded', $5, clock_timestamp()) on conflict do nothing""",
            derived("mch", key), key, amount.minor, amount.currency, bank_reference,
        )  # fmt: skip

    async def refund(self, idempotency_key: str, amount: Money, charge_id: str) -> Refunded:
        """It waits until an operator says that he has sent it."""
        async with self._db.transaction() as tx:
            await tx.execute(
                """insert into manual_refund (id, idempotency_key, charge_id, amount, state)
                   values ($1, $2, $3, $4, 'pending') on conflict do nothing""",
                derived("mrf", idempotency_key), idempotency_key, charge_id, amount.minor,
            )  # fmt: skip
            row = await _refund(tx, idempotency_key)
        assert row is not None
        return _refunded(row)

    async def find_refund(
        self, idempotency_key: str, *, charge_id: str, refund_id: str | None = None
    ) -> Refunded | None:
        async with self._db.transaction(readonly=True) as tx:
            row = await _refund(tx, idempotency_key)
        return None if row is None else _refunded(row)

    async def sent(self, idempotency_key: str, bank_reference: str) -> Refunded:
        """An operator has sent a refund. Raises NotByHand."""
        async with self._db.transaction() as tx:
            await tx.execute(
                """update manual_refund set state = 'succeeded', bank_reference = $2, ended_at = clock_timestamp()
                   where idempotency_key = $1 and state = 'pending'""",
                idempotency_key, bank_reference,
            )  # fmt: skip
            row = await _refund(tx, idempotency_key)
        if row is None:
            raise NotByHand(attempt_id=idempotency_key)
        return _refunded(row)

    async def movements(self, since: datetime) -> list[Movement]:
        """What an operator confirmed; his bank's own statement is his to compare."""
        async with self._db.transaction(readonly=True) as tx:
            rows = await tx.fetch(
                """select id, 'charge' as kind, idempotency_key as key, amount, currency, ended_at as at
                     from manual_charge where state = 'succeeded' and ended_at >= $1
                   union all
                   select id || ':late', 'late', idempotency_key || ':late', amount, currency, late_at
                     from manual_charge where late_at >= $1
                   union all
                   select r.id, 'refund', r.idempotency_key, -r.amount, coalesce(r.currency, c.currency), r.at
                     from manual_refund r left join manual_charge c on c.id = r.charge_id where r.at >= $1
                   union all
                   select r.id || ':failed', 'refund_failed', r.idempotency_key || ':failed', r.amount,
                       coalesce(r.currency, c.currency), r.came_back_at
                     from manual_refund r left join manual_charge c on c.id = r.charge_id where r.came_back_at >= $1
                   order by at, id""",
                since,
            )
        return [
            Movement(row["id"], row["kind"], row["key"], row["amount"], row["currency"], row["at"])
            for row in rows
        ]


async def _charge(tx: Tx, key: str) -> Row | None:
    return await tx.fetchrow("select * from manual_charge where idempotency_key = $1", key)


async def _refund(tx: Tx, key: str) -> Row | None:
    return await tx.fetchrow("select * from manual_refund where idempotency_key = $1", key)


def _outcome(row: Row) -> Outcome:
    if row["state"] == "requires_action":
        return Outcome(
            "requires_action", row["id"], None, f"/billing/transfers/{row['idempotency_key']}"
        )
    declined = row["state"] == "declined"
    return Outcome(row["state"], row["id"], "not_confirmed" if declined else None)


def _refunded(row: Row) -> Refunded:
    if row["state"] == "failed":
        return Refunded("failed", row["id"], "came_back")
    state: Literal["sent", "succeeded"] = "succeeded" if row["state"] == "succeeded" else "sent"
    return Refunded(state, row["id"])
