"""Compare our books with the gateway's own, line by line: matched, ours only, theirs only.

What stays unmatched for a day is told as a fact, once a line, and stands on the operators' page until it is matched.
Time is the wall's: it is about somebody who does not live on the tape.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog

from arena.kit.db import DATABASE_AWAY, Database, Row, Tx
from arena.kit.errors import ArenaError
from arena.money import ledger
from arena.money.billing import store
from arena.money.billing.compare import compare_with, comparisons, note_try
from arena.money.billing.model import BooksApart, Gateway, Movement
from arena.money.billing.settle import post_fee
from arena.money.billing.stripe import StripeGateway
from arena.money.billing.told import book_told

log = structlog.get_logger()
APART_S = 86_400.0
LOOK_BACK = timedelta(days=3)  # a line of theirs may be dated before one that was seen earlier
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
# What goes through every payment gateway; and what goes through one that pays creators, too, and tells all that moves.
KINDS = (
    ledger.Kind.PAYMENT_CAPTURED, ledger.Kind.PAYMENT_LATE, ledger.Kind.PROCESSOR_FEE,
    ledger.Kind.REFUND_ISSUED, ledger.Kind.REFUND_FAILED,
    ledger.Kind.DISPUTE_OPENED, ledger.Kind.DISPUTE_WON, ledger.Kind.RECEIVABLE_PAID,
)  # fmt: skip
WHOLE = (
    *KINDS, ledger.Kind.PAYOUT_TRANSFERRED, ledger.Kind.PAYOUT_REVERSED, ledger.Kind.GATEWAY_MOVED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """How many lines agree in all, and how many are in one of the two books only. `at` is wall clock."""

    gateway: str
    at: datetime
    matched: int
    ours_only: int
    theirs_only: int


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A line in one of the two books only. `told` where it has been so for a day. `at` is wall clock."""

    side: Literal["ours", "theirs"]
    id: str
    kind: str
    reference: str
    amount: int
    currency: str
    at: datetime
    told: bool


async def reconcile(db: Database, gateway: Gateway, *, apart_s: float = APART_S) -> Compared:
    """Fetches their lines, outside of any transaction, and compares. Harmless to repeat. Raises GatewayUnavailable."""
    async with db.transaction(readonly=True) as tx:
        last = await tx.fetchval(
            "select max(until) from reconciliation where gateway = $1", gateway.name
        )
    since = _BEGINNING if last is None else last - LOOK_BACK
    theirs = await gateway.movements(since)
    async with db.transaction() as tx:
        await _keep(tx, gateway.name, theirs)
        await _post_missing_fees(tx, gateway.name)
        await book_told(tx, gateway.name)
        await _match(tx, gateway.name)
        found = await unmatched(tx, gateway.name)
        await _tell(tx, gateway.name, apart_s)
        sides = [line.side for line in found]
        row = await tx.one(
            """insert into reconciliation (gateway, until, matched, ours_only, theirs_only)
               select $1, coalesce(max(moved_at), $2), count(coalesce(journal_id, explained_by)), $3, $4
               from gateway_movement where gateway = $1 returning *""",
            gateway.name, since, sides.count("ours"), sides.count("theirs"),
        )  # fmt: skip
    return _compared(row)


async def compare_due(db: Database, gateways: Sequence[Gateway]) -> int:
    """Compares with each whose turn it is; how many were compared. One that does not answer is tried again after some
    minutes, and holds up no other."""
    by_name = {gateway.name: gateway for gateway in gateways}
    done = 0
    for one in await compare_with(db, list(by_name)):
        if not one.due:
            continue
        failure = None
        try:
            await reconcile(db, by_name[one.gateway])
            done += 1
        except DATABASE_AWAY:
            raise
        except Exception as broken:  # noqa: BLE001 - the edge of a job: one gateway must not hold up the others
            log.error("books cannot be compared", gateway=one.gateway, error=repr(broken))
            failure = broken.code() if isinstance(broken, ArenaError) else type(broken).__name__
        await note_try(db, one.gateway, failure)
    return done


async def last_compared(tx: Tx, gateway: str) -> Compared | None:
    row = await tx.fetchrow(
        "select * from reconciliation where gateway = $1 order by id desc limit 1", gateway
    )
    return None if row is None else _compared(row)


async def books_agree(tx: Tx) -> bool:
    """Whether no line has been unmatched for a day, and nobody's comparison is overdue; otherwise nobody should be paid
    out."""
    apart: bool = await tx.fetchval(
        """select exists (select from journal_unmatched)
             or exists (select from gateway_movement
               where journal_id is null and explained_by is null and told_at is not null)"""
    )
    return not (apart or any(one.stale for one in await comparisons(tx)))


async def unmatched(tx: Tx, gateway: str, *, limit: int = 200) -> list[Unmatched]:
    """Lines in one of the two books only, oldest first of each side."""
    theirs = await tx.fetch(
        """select id, kind, idem, amount, currency, moved_at, told_at is not null as told from gateway_movement
           where gateway = $1 and journal_id is null and explained_by is null order by moved_at, id limit $2""",
        gateway, limit,
    )  # fmt: skip
    ours = await tx.fetch(
        _OURS + " order by o.recorded_at, o.id limit $3",
        _account(gateway),
        list(_kinds(gateway)),
        limit,
    )
    return [
        Unmatched("ours", row["id"], row["kind"], row["reference"], row["amount"], row["currency"],
                  row["recorded_at"], row["told"])
        for row in ours
    ] + [
        Unmatched("theirs", row["id"], row["kind"], row["idem"], row["amount"], row["currency"], row["moved_at"],
                  row["told"])
        for row in theirs
    ]  # fmt: skip


# Journals on the gateway's account, and what each moved there; those it does not know of.
_ON_ACCOUNT = """select j.id, j.kind, j.reference, j.recorded_at, coalesce(r.idem, j.idem) as idem,
    sum(e.amount)::bigint as amount, e.currency
  from ledger_account a join entry e on e.account_id = a.id join journal j on j.id = e.journal_id
    left join journal r on r.id = j.resolves
  where a.code = $1 and j.kind = any($2::text[]) and e.phase in ('posted', 'post')
  group by j.id, r.idem, e.currency"""
_OURS = f"""select o.*, u.journal_id is not null as told from ({_ON_ACCOUNT}) o
  left join journal_unmatched u on u.journal_id = o.id
  where not exists (select from gateway_movement m where m.journal_id = o.id)
    and not exists (select from journal_explained x where x.journal_id = o.id)"""


async def _keep(tx: Tx, gateway: str, theirs: list[Movement]) -> None:
    await tx.execute(
        """insert into gateway_movement (gateway, id, kind, idem, amount, currency, moved_at)
           select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[])
           on conflict (gateway, id) do update set idem = excluded.idem
             where gateway_movement.idem = '' and gateway_movement.journal_id is null""",
        gateway, [m.id for m in theirs], [m.kind for m in theirs], [m.idem for m in theirs],
        [m.amount for m in theirs], [m.currency for m in theirs], [m.moved_at for m in theirs],
    )  # fmt: skip


async def _post_missing_fees(tx: Tx, gateway: str) -> None:
    """A gateway may say only later what it kept of a charge."""
    rows = await tx.fetch(
        """select m.idem, m.amount, m.currency from gateway_movement m
           where m.gateway = $1 and m.kind = 'fee' and m.journal_id is null and m.amount < 0
             and not exists (select from journal j where j.idem = m.idem)""",
        gateway,
    )
    for row in rows:
        attempt = await store.attempt(tx, row["idem"].removeprefix("fee:"))
        same = attempt is not None and attempt.charge.amount.currency == row["currency"]
        if attempt is not None and same and attempt.state == "succeeded":
            await post_fee(tx, attempt, -row["amount"])


async def _match(tx: Tx, gateway: str) -> None:
    await tx.execute(
        f"""update gateway_movement m set journal_id = o.id from ({_ON_ACCOUNT}) o
            where m.gateway = $3 and m.journal_id is null and m.explained_by is null and m.idem = o.idem
              and m.amount = o.amount and m.currency = o.currency
              and m.id = (select min(t.id) from gateway_movement t where t.gateway = $3 and t.idem = o.idem
                and t.amount = o.amount and t.journal_id is null and t.explained_by is null)
              and not exists (select from gateway_movement t where t.journal_id = o.id)
              and not exists (select from journal_explained x where x.journal_id = o.id)""",
        _account(gateway), list(_kinds(gateway)), gateway,
    )  # fmt: skip
    await tx.execute(
        """delete from journal_unmatched u using gateway_movement m where m.journal_id = u.journal_id"""
    )


async def _tell(tx: Tx, gateway: str, apart_s: float) -> None:
    """What has been unmatched for that long is told, once."""
    ours = await tx.execute(
        f"""insert into journal_unmatched (journal_id, gateway)
            select o.id, $3 from ({_OURS}) o where o.recorded_at <= clock_timestamp() - make_interval(secs => $4)
            on conflict do nothing""",
        _account(gateway), list(_kinds(gateway)), gateway, apart_s,
    )  # fmt: skip
    theirs = await tx.execute(
        """update gateway_movement set told_at = clock_timestamp()
           where gateway = $1 and journal_id is null and explained_by is null and told_at is null
             and seen_at <= clock_timestamp() - make_interval(secs => $2)""",
        gateway, apart_s,
    )  # fmt: skip
    if ours or theirs:
        await tx.record(BooksApart(gateway, ours, theirs))


def _kinds(gateway: str) -> Sequence[ledger.Kind]:
    return WHOLE if gateway == StripeGateway.name else KINDS


def _account(gateway: str) -> str:
    return f"gateway:{gateway}:balance"


def _compared(row: Row) -> Compared:
    return Compared(row["gateway"], row["at"], row["matched"], row["ours_only"], row["theirs_only"])
