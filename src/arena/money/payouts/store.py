"""Payout tables <-> model."""

from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.money.payouts.model import (
    UNDER_WAY,
    NewPaper,
    Paper,
    PaperKind,
    PaperState,
    Payout,
    State,
    Stop,
)

Place = tuple[datetime, str]
"""When it was asked for, and its id: where a list goes on."""
_PAPER = """id, person_id, kind, state, form, name, country, hint, signed_at, expires_at, at, decided_by, decided_at,
  reason"""


async def insert(tx: Tx, new: Payout) -> None:
    await tx.execute(
        """insert into payout (id, person_id, amount, currency, gateway, account_id, set_aside, state, asked_at,
             bank_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        new.id, new.person_id, new.amount.minor, new.amount.currency, new.gateway, new.account_id,
        new.set_aside, new.state, new.asked_at, new.bank_id,
    )  # fmt: skip


async def payout(tx: Tx, payout_id: str, *, lock: bool = False) -> Payout | None:
    row = await tx.fetchrow(
        "select * from payout where id = $1" + (" for update" if lock else ""), payout_id
    )
    return None if row is None else _payout(row)


async def count(tx: Tx, person_id: str) -> int:
    number: int = await tx.fetchval("select count(*) from payout where person_id = $1", person_id)
    return number


async def under_way(tx: Tx, person_id: str) -> Payout | None:
    row = await tx.fetchrow(
        "select * from payout where person_id = $1 and state = any($2)", person_id, list(UNDER_WAY)
    )
    return None if row is None else _payout(row)


async def last(tx: Tx, person_id: str) -> Payout | None:
    """The newest that was not cancelled and did not fail."""
    row = await tx.fetchrow(
        """select * from payout where person_id = $1 and state not in ('cancelled', 'failed')
           order by asked_at desc, id desc limit 1""",
        person_id,
    )
    return None if row is None else _payout(row)


async def page(
    tx: Tx, person_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[Payout]:
    """Newest first."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        """select * from payout where person_id = $1 and ($2::timestamptz is null or (asked_at, id) < ($2, $3))
           order by asked_at desc, id desc limit $4""",
        person_id, at, last_id, limit,
    )  # fmt: skip
    return [_payout(row) for row in rows]


async def waiting(
    tx: Tx, state: State, gateway: str, *, after: Place | None, limit: int
) -> list[Payout]:
    """Those of a gateway, whoever has waited longest first; not those that a person pays by hand and has taken."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        """select * from payout where state = $1 and gateway = $2 and not (gateway = 'manual' and accepted)
             and ($3::timestamptz is null or (asked_at, id) > ($3, $4)) order by asked_at, id limit $5""",
        state, gateway, at, last_id, limit,
    )  # fmt: skip
    return [_payout(row) for row in rows]


async def gateways_of(tx: Tx, state: State) -> list[str]:
    """Those by which payouts in this state go."""
    rows = await tx.fetch("select distinct gateway from payout where state = $1 order by 1", state)
    return [row["gateway"] for row in rows]


# What an operator can do something about: say yes, or make it by hand.
_TO_DO = "(state = 'requested' or (state = 'in_transit' and gateway = 'manual'))"


async def to_do(tx: Tx, *, after: Place | None, limit: int) -> list[Payout]:
    """What waits for an operator, whoever has waited longest first."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        f"""select * from payout where {_TO_DO} and ($1::timestamptz is null or (asked_at, id) > ($1, $2))
            order by asked_at, id limit $3""",
        at, last_id, limit,
    )  # fmt: skip
    return [_payout(row) for row in rows]


async def on_the_way(tx: Tx, limit: int) -> list[Payout]:
    """What goes on by itself, whoever has waited longest first."""
    rows = await tx.fetch(
        f"""select * from payout where state = any($1) and not {_TO_DO} order by asked_at, id limit $2""",
        list(UNDER_WAY), limit,
    )  # fmt: skip
    return [_payout(row) for row in rows]


async def reversals(tx: Tx, limit: int) -> list[Payout]:
    """Those of which one of two operators says that they came back, the oldest first."""
    rows = await tx.fetch(
        """select * from payout where state = 'paid' and reversal_asked_by is not null
           order by reversal_asked_at, id limit $1""",
        limit,
    )
    return [_payout(row) for row in rows]


async def settled(tx: Tx, limit: int) -> list[Payout]:
    """Those that ended last, the newest first."""
    rows = await tx.fetch(
        """select * from payout where state in ('paid', 'failed', 'reversed')
           order by settled_at desc, id desc limit $1""",
        limit,
    )
    return [_payout(row) for row in rows]


async def counts(tx: Tx) -> tuple[int, int, int]:
    """How many payouts wait for an operator, how many go on by themselves, how many papers wait."""
    row = await tx.one(
        f"""select count(*) filter (where {_TO_DO} or state = 'paid') as to_do,
              count(*) filter (where state <> 'paid' and not {_TO_DO}) as on_the_way,
              (select count(*) from payee_paper where state = 'waiting') as papers
            from payout where state = any($1) or (state = 'paid' and reversal_asked_by is not null)""",
        list(UNDER_WAY),
    )
    return row["to_do"], row["on_the_way"], row["papers"]


async def set_state(
    tx: Tx,
    payout_id: str,
    state: State,
    *,
    accepted: bool | None = None,
    bank_reference: str | None = None,
    reason: str | None = None,
) -> None:
    """Times follow from the state; what is not said stays."""
    await tx.execute(
        """update payout set state = $2, accepted = coalesce($3, accepted),
             bank_reference = coalesce($4, bank_reference), reason = coalesce($5, reason),
             sent_at = case when $2 = 'in_transit' then coalesce(sent_at, $6) else sent_at end,
             settled_at = case when $2 in ('paid', 'failed', 'cancelled', 'reversed') then $6 end
           where id = $1""",
        payout_id, state, accepted, bank_reference, reason, tx.now,
    )  # fmt: skip


async def set_approved(tx: Tx, payout_id: str, by: str) -> None:
    await tx.execute("update payout set approved_by = $2 where id = $1", payout_id, by)


async def set_released(tx: Tx, payout_id: str, by: str) -> None:
    await tx.execute("update payout set released_by = $2 where id = $1", payout_id, by)


async def ask_reversal(tx: Tx, payout_id: str, by: str, reason: str) -> None:
    await tx.execute(
        """update payout set reversal_asked_by = $2, reversal_reason = $3, reversal_asked_at = $4 where id = $1""",
        payout_id, by, reason, tx.now,
    )  # fmt: skip


async def drop_reversal(tx: Tx, payout_id: str) -> None:
    await tx.execute(
        """update payout set reversal_asked_by = null, reversal_reason = null, reversal_asked_at = null
           where id = $1""",
        payout_id,
    )


async def set_reversed_by(tx: Tx, payout_id: str, by: str) -> None:
    await tx.execute("update payout set reversed_by = $2 where id = $1", payout_id, by)


async def insert_paper(
    tx: Tx, paper_id: str, person_id: str, new: NewPaper, *, state: PaperState, sealed: bytes | None,
    hint: str, expires_at: datetime | None,
) -> None:  # fmt: skip
    """Whatever paper of this kind there was is replaced by it."""
    await tx.execute(
        """update payee_paper set state = 'replaced' where person_id = $1 and kind = $2
           and state in ('waiting', 'accepted')""",
        person_id, new.kind,
    )  # fmt: skip
    await tx.execute(
        """insert into payee_paper (id, person_id, kind, state, form, name, country, secret, hint, signed_at,
             expires_at, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10)""",
        paper_id, person_id, new.kind, state, new.form, new.name, new.country, sealed, hint, tx.now,
        expires_at,
    )  # fmt: skip


async def papers(tx: Tx, person_id: str) -> dict[PaperKind, Paper]:
    """The newest of each kind."""
    rows = await tx.fetch(
        f"""select distinct on (kind) {_PAPER} from payee_paper where person_id = $1
            order by kind, state in ('waiting', 'accepted') desc, at desc, id desc""",
        person_id,
    )
    return {row["kind"]: _paper(row) for row in rows}


async def paper(tx: Tx, paper_id: str, *, lock: bool = False) -> Paper | None:
    row = await tx.fetchrow(
        f"select {_PAPER} from payee_paper where id = $1" + (" for update" if lock else ""),
        paper_id,
    )
    return None if row is None else _paper(row)


async def secret(tx: Tx, paper_id: str) -> bytes | None:
    sealed: bytes | None = await tx.fetchval(
        "select secret from payee_paper where id = $1", paper_id
    )
    return sealed


async def papers_waiting(tx: Tx, limit: int) -> list[Paper]:
    rows = await tx.fetch(
        f"select {_PAPER} from payee_paper where state = 'waiting' order by at, id limit $1", limit
    )
    return [_paper(row) for row in rows]


async def expiring(tx: Tx, until: datetime, limit: int) -> list[Paper]:
    """Accepted ones whose payees have not been told; locked. Those that another one tells right now are his."""
    rows = await tx.fetch(
        f"""select {_PAPER} from payee_paper where state = 'accepted' and warned_at is null
              and expires_at <= $1 and expires_at > $2 order by expires_at, id limit $3 for update skip locked""",
        until, tx.now, limit,
    )  # fmt: skip
    return [_paper(row) for row in rows]


async def set_warned(tx: Tx, paper_id: str) -> None:
    await tx.execute("update payee_paper set warned_at = $2 where id = $1", paper_id, tx.now)


async def decide_paper(
    tx: Tx, paper_id: str, state: PaperState, *, by: str, reason: str | None
) -> None:
    await tx.execute(
        "update payee_paper set state = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1",
        paper_id, state, by, tx.now, reason,
    )  # fmt: skip


async def stops(tx: Tx, person_id: str | None = None, *, limit: int = 100) -> list[Stop]:
    """Those in force, oldest first; of all persons where none is named."""
    rows = await tx.fetch(
        """select id, person_id, source, reason, at from payout_stop
           where lifted_at is null and ($1::text is null or person_id = $1) order by at, id limit $2""",
        person_id, limit,
    )  # fmt: skip
    return [Stop(r["id"], r["person_id"], r["source"], r["reason"], r["at"]) for r in rows]


async def insert_stop(tx: Tx, new: Stop) -> bool:
    """False where there is one for this person and source."""
    made = await tx.fetchval(
        """insert into payout_stop (id, person_id, source, reason, at) values ($1, $2, $3, $4, $5)
           on conflict do nothing returning id""",
        new.id, new.person_id, new.source, new.reason, new.at,
    )  # fmt: skip
    return made is not None


async def lift_stop(tx: Tx, stop_id: str, *, by: str, reason: str) -> str | None:
    """Whose it was; None where there is no such stop in force."""
    person_id: str | None = await tx.fetchval(
        """update payout_stop set lifted_by = $2, lifted_at = $3, lifted_reason = $4
           where id = $1 and lifted_at is null returning person_id""",
        stop_id, by, tx.now, reason,
    )  # fmt: skip
    return person_id


def _payout(row: Row) -> Payout:
    return Payout(
        row["id"], row["person_id"], Money(row["amount"], row["currency"]), row["gateway"], row["account_id"],
        row["set_aside"], row["state"], row["asked_at"], row["approved_by"], row["released_by"], row["sent_at"],
        row["accepted"], row["bank_reference"], row["settled_at"], row["reason"], row["bank_id"],
        row["reversal_asked_by"], row["reversal_reason"], row["reversed_by"],
    )  # fmt: skip


def _paper(row: Row) -> Paper:
    return Paper(
        row["id"], row["person_id"], row["kind"], row["state"], row["form"], row["name"], row["country"],
        row["hint"], row["signed_at"], row["expires_at"], row["at"], row["decided_by"], row["decided_at"],
        row["reason"],
    )  # fmt: skip
