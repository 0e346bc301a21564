"""A payout's steps through a connected account: table <-> model."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.money.payouts.model import STEP_MOVES, Sent, Step, Steps

_REACHED: dict[str, Step] = {
    "transferred": "transferred", "paying": "paying", "paid": "paid", "bounced": "bounced", "returned": "returned",
    "refused": "refused",
}  # fmt: skip


async def begin(tx: Tx, payout_id: str) -> None:
    """Written with the intent, before the gateway is called."""
    await tx.execute(
        "insert into connected_payout (payout_id, state) values ($1, 'sending') on conflict do nothing",
        payout_id,
    )


async def steps_of(tx: Tx, payout_id: str, *, lock: bool = False) -> Steps | None:
    row = await tx.fetchrow(
        "select * from connected_payout where payout_id = $1" + (" for update" if lock else ""),
        payout_id,
    )
    return None if row is None else _steps(row)


async def move(tx: Tx, there: Steps, sent: Sent) -> bool:
    """Whether this is a step forward; what cannot follow is heard of late, and left as it is."""
    if sent.state == "waits":
        await tx.execute(
            """update connected_payout set tries = tries + 1, why = $2, looked_at = clock_timestamp()
               where payout_id = $1""",
            there.payout_id, sent.reason,
        )  # fmt: skip
        return False
    reached = _REACHED[sent.state]
    moves = reached in STEP_MOVES[there.state]
    await tx.execute(
        """update connected_payout set state = $2, transfer_id = coalesce($3, transfer_id),
             arrived = coalesce($4, arrived), arrived_currency = coalesce($5, arrived_currency),
             bank_payout_id = coalesce($6, bank_payout_id), reversal_id = coalesce($7, reversal_id),
             why = coalesce($8, case when $9 then null else why end), looked_at = clock_timestamp(),
             paid_at = case when $2 = 'paid' then coalesce(paid_at, clock_timestamp()) else paid_at end
           where payout_id = $1""",
        there.payout_id, reached if moves else there.state, sent.transfer_id,
        None if sent.arrived is None else sent.arrived.minor,
        None if sent.arrived is None else sent.arrived.currency, sent.bank_payout_id, sent.reversal_id,
        sent.reason, moves and sent.state != "returned",
    )  # fmt: skip
    return moves


async def due(tx: Tx, *, quick_s: float, slow_s: float, limit: int) -> list[str]:
    """Payouts to ask after, by the wall clock: half-way ones soon, what is on its way to a bank now and then, and what
    arrived daily for ten days, because banks send back late. Each try that was refused doubles the wait, up to
    a day."""
    rows = await tx.fetch(
        """select payout_id from connected_payout where
             (state in ('sending', 'transferred', 'bounced')
               and looked_at <= clock_timestamp() - least(make_interval(secs => $1 * power(2, least(tries, 12))),
                 interval '1 day'))
             or (state = 'paying' and looked_at <= clock_timestamp() - make_interval(secs => $2))
             or (state = 'paid' and paid_at > clock_timestamp() - interval '10 days'
               and looked_at <= clock_timestamp() - make_interval(secs => 24 * $2))
           order by looked_at limit $3""",
        quick_s, slow_s, limit,
    )  # fmt: skip
    return [row["payout_id"] for row in rows]


async def accounts_to_hear(tx: Tx, *, limit: int = 100) -> list[str]:
    """Connected accounts from which a payout is under way, or arrived so lately that a bank may send it back."""
    rows = await tx.fetch(
        """select distinct a.account_id from connected_payout s join payout p on p.id = s.payout_id
             join connected_account a on a.person_id = p.person_id and a.gateway = p.gateway
           where s.state not in ('returned', 'refused')
             and (s.paid_at is null or s.paid_at > clock_timestamp() - interval '10 days')
           order by a.account_id limit $1""",
        limit,
    )
    return [row["account_id"] for row in rows]


async def steps_among(tx: Tx, payout_ids: Sequence[str]) -> dict[str, Steps]:
    """How far those of them are that go by steps."""
    rows = await tx.fetch(
        "select * from connected_payout where payout_id = any($1::text[])", list(payout_ids)
    )
    return {row["payout_id"]: _steps(row) for row in rows}


async def stuck(tx: Tx) -> tuple[int, datetime | None]:
    """How many payouts stand half way because the gateway does not take the next step, and since when one does."""
    row = await tx.one(
        """select count(*)::int as n, min(sent_at) as since from connected_payout
           where (state = 'sending' or tries > 0) and state in ('sending', 'transferred', 'bounced')"""
    )
    return row["n"], row["since"]


async def of_account(tx: Tx, account_id: str) -> list[str]:
    """Payouts to a connected account that may still change."""
    rows = await tx.fetch(
        """select s.payout_id from connected_payout s join payout p on p.id = s.payout_id
             join connected_account a on a.person_id = p.person_id and a.gateway = p.gateway
           where a.account_id = $1 and s.state not in ('returned', 'refused')
             and (s.state <> 'paid' or s.paid_at > clock_timestamp() - interval '10 days')
           order by s.sent_at limit 20""",
        account_id,
    )
    return [row["payout_id"] for row in rows]


def _steps(row: Row) -> Steps:
    arrived = None if row["arrived"] is None else Money(row["arrived"], row["arrived_currency"])
    return Steps(
        row["payout_id"], row["state"], row["tries"], row["transfer_id"], arrived, row["bank_payout_id"],
        row["reversal_id"], row["why"], row["sent_at"],
    )  # fmt: skip
