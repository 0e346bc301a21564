"""Who pays creators: Stripe, an operator by hand, or nobody at all, in a way that looks like it."""

from collections.abc import Mapping

from arena.kit.db import Database, Row
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import billing
from arena.money.payouts.connect import StripePayouts
from arena.money.payouts.model import PayoutGateway, Sent


class ManualGateway:
    """An operator sends the money and says so: whatever comes here is taken, and waits in his queue."""

    name = "manual"

    async def send(self, key: str, amount: Money, destination: str) -> Sent:
        return Sent("accepted")

    async def find(self, key: str) -> Sent | None:
        return Sent("accepted")


class FakePayoutGateway:
    """Keeps books of its own and pays on the second look. Account numbers that end in 0000 are refused, those in
    1111 are taken and fail later."""

    name = "fake"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def send(self, key: str, amount: Money, destination: str) -> Sent:
        state = "refused" if destination.endswith("0000") else "accepted"
        async with self._db.transaction() as tx:
            await tx.execute(
                """insert into fake_payout (id, idempotency_key, amount, currency, destination, state)
                   values ($1, $2, $3, $4, $5, $6) on conflict (idempotency_key) do nothing""",
                derived("fpo", key), key, amount.minor, amount.currency, destination, state,
            )  # fmt: skip
            row = await tx.one("select * from fake_payout where idempotency_key = $1", key)
            assert row["amount"] == amount.minor, f"the key {key} was used for another amount"
        return _sent(row)

    async def find(self, key: str) -> Sent | None:
        async with self._db.transaction() as tx:
            row = await tx.fetchrow(
                """update fake_payout set state = case when state <> 'accepted' then state
                     when destination like '%1111' then 'failed' else 'paid' end
                   where idempotency_key = $1 returning *""",
                key,
            )
        return None if row is None else _sent(row)


def payout_gateways(db: Database, settings: Settings | None = None) -> Mapping[str, PayoutGateway]:
    """All there are, by name: a payout is seen through by the one it was begun with. Stripe only with its key."""
    connect = None if settings is None else billing.stripe_connect(settings)
    there: dict[str, PayoutGateway] = {"fake": FakePayoutGateway(db), "manual": ManualGateway()}
    return there if connect is None else {**there, "stripe": StripePayouts(db, connect)}


def _sent(row: Row) -> Sent:
    state = row["state"]
    reason = {"failed": "The bank sent it back.", "refused": "The bank does not know the account."}
    return Sent(state, row["id"] if state == "paid" else None, reason.get(state))
