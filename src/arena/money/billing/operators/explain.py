"""Explain lines that are in one of the two books only: one operator says which belong together, another one signs.

An explanation names lines of ours and lines of the gateway's that come to the same amount; either side may be empty
where the other comes to nothing. Money that is missing on one side is booked first, by an adjustment, and named here.
Once it is signed its lines count as matched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arena.evidence import audit
from arena.kit.db import Row, Tx
from arena.kit.errors import Conflict, Forbidden, NotFound, Refused
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.people.access import Actor

ExplanationState = Literal["asked", "signed", "withdrawn"]
EXPLANATION_MOVES: dict[ExplanationState, frozenset[ExplanationState]] = {
    "asked": frozenset({"signed", "withdrawn"}),
    "signed": frozenset(),
    "withdrawn": frozenset(),
}
LINES_MAX = 50


@dataclass(frozen=True, slots=True)
class NewExplanation:
    """`ours` are ids of journals, or of what they were posted for (adj_…, gmv_…); `theirs` ids of the gateway's."""

    gateway: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Lines that belong together, what each side comes to, and who said and who signed it. Times are product time."""

    id: str
    gateway: str
    journals: tuple[str, ...]
    movements: tuple[str, ...]
    amount: Money
    reason: str
    state: ExplanationState
    asked_by: str
    decided_by: str | None
    at: datetime
    decided_at: datetime | None


class NothingExplained(Refused):
    """Name at least two lines that belong together."""


class LineUnknown(NotFound):
    """There is no line {line_id} in the books of {gateway}, ours or theirs, that waits for an explanation: it is
    matched, explained, or moved nothing there."""


class SidesDiffer(Refused):
    """Ours come to {ours} and theirs to {theirs}. Book the difference with an adjustment on the gateway's account, and
    name it among ours."""


class ExplanationUnknown(NotFound):
    """There is no explanation {explanation_id}."""


class ExplanationDecided(Conflict):
    """The explanation {explanation_id} is {state} already."""


class ExplanationNeedsAnother(Forbidden):
    """You have given this explanation yourself; another operator signs it."""


async def ask_explanation(
    tx: Tx, new: NewExplanation, *, actor: Actor, intent: str, request_id: str | None = None
) -> Explanation:
    """Nothing follows until another operator signs. Repeatable by `intent`. Raises NothingExplained, LineUnknown,
    SidesDiffer."""
    explanation_id = derived("bex", actor.id, intent)
    journals, movements, amount = await _lines(tx, new.gateway, new.ours, new.theirs)
    made = await tx.fetchval(
        """insert into books_explanation (id, gateway, journal_ids, movement_ids, amount, currency, reason, state,
             asked_by, at) values ($1, $2, $3, $4, $5, $6, $7, 'asked', $8, $9) on conflict do nothing returning id""",
        explanation_id, new.gateway, journals, movements, amount.minor, amount.currency, new.reason, actor.id, tx.now,
    )  # fmt: skip
    found = await explanation(tx, explanation_id)
    if made is not None:
        await _note(tx, "billing.ask_explanation", found, actor=actor, request_id=request_id)
    return found


async def sign_explanation(
    tx: Tx, explanation_id: str, *, actor: Actor, request_id: str | None = None
) -> Explanation:
    """The second of two: its lines are matched. Raises ExplanationUnknown, ExplanationDecided, ExplanationNeedsAnother,
    and LineUnknown where a line has found its match since."""
    found = await _asked(tx, explanation_id, "signed")
    if found.asked_by == actor.id:
        raise ExplanationNeedsAnother
    await _lines(tx, found.gateway, found.journals, found.movements)
    await tx.execute(
        "insert into journal_explained (journal_id, explanation_id) select unnest($1::text[]), $2",
        list(found.journals), found.id,
    )  # fmt: skip
    await tx.execute(
        "delete from journal_unmatched where journal_id = any($1::text[])", list(found.journals)
    )
    await tx.execute(
        "update gateway_movement set explained_by = $3 where gateway = $1 and id = any($2::text[])",
        found.gateway, list(found.movements), found.id,
    )  # fmt: skip
    return await _decide(tx, found, "signed", actor, request_id)


async def withdraw_explanation(
    tx: Tx, explanation_id: str, *, actor: Actor, request_id: str | None = None
) -> Explanation:
    """Any operator may. Raises ExplanationUnknown, ExplanationDecided."""
    found = await _asked(tx, explanation_id, "withdrawn")
    return await _decide(tx, found, "withdrawn", actor, request_id)


async def explanation(tx: Tx, explanation_id: str) -> Explanation:
    """Its row is locked. Raises ExplanationUnknown."""
    row = await tx.fetchrow(
        "select * from books_explanation where id = $1 for update", explanation_id
    )
    if row is None:
        raise ExplanationUnknown(explanation_id=explanation_id)
    return _explanation(row)


async def explanations(tx: Tx, *, limit: int = 50) -> list[Explanation]:
    """Those that wait first, then the newest."""
    rows = await tx.fetch(
        "select * from books_explanation order by state <> 'asked', at desc, id desc limit $1",
        limit,
    )
    return [_explanation(row) for row in rows]


async def _lines(
    tx: Tx, gateway: str, ours: Sequence[str], theirs: Sequence[str]
) -> tuple[list[str], list[str], Money]:
    """Ids of journals and movements that wait for their match, and what each side comes to. Locks both."""
    journals = await _journals(tx, gateway, sorted(set(ours)))
    movements = await _movements(tx, gateway, sorted(set(theirs)))
    if not 2 <= len(journals) + len(movements) <= LINES_MAX:
        raise NothingExplained
    sums = [sum(row["amount"] for row in side) for side in (journals, movements)]
    currencies = {row["currency"] for side in (journals, movements) for row in side}
    currency = min(currencies)
    if sums[0] != sums[1] or len(currencies) > 1:
        raise SidesDiffer(ours=str(Money(sums[0], currency)), theirs=str(Money(sums[1], currency)))
    return (
        [row["id"] for row in journals], [row["id"] for row in movements], Money(sums[0], currency)
    )  # fmt: skip


async def _journals(tx: Tx, gateway: str, named: list[str]) -> list[Row]:
    # One at a time for a gateway, so that no line is explained twice.
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"explain:{gateway}")
    rows = await tx.fetch(
        """select j.id, j.idem, sum(l.amount)::bigint as amount, j.currency
           from journal j join journal_leg l on l.journal_id = j.id join ledger_account a on a.id = l.account_id
           where (j.id = any($1::text[]) or j.idem = any($1::text[])) and j.phase in ('posted', 'post')
             and a.code = $2
             and not exists (select from gateway_movement m where m.journal_id = j.id)
             and not exists (select from journal_explained x where x.journal_id = j.id)
           group by j.id, j.idem, j.currency order by j.id""",
        named, f"gateway:{gateway}:balance",
    )  # fmt: skip
    _all_there(gateway, named, {name for row in rows for name in (row["id"], row["idem"])})
    return rows


async def _movements(tx: Tx, gateway: str, named: list[str]) -> list[Row]:
    rows = await tx.fetch(
        """select id, amount, currency from gateway_movement
           where gateway = $1 and id = any($2::text[]) and journal_id is null and explained_by is null
           order by id for update""",
        gateway, named,
    )  # fmt: skip
    _all_there(gateway, named, {row["id"] for row in rows})
    return rows


def _all_there(gateway: str, named: list[str], found: set[str]) -> None:
    for line_id in named:
        if line_id not in found:
            raise LineUnknown(line_id=line_id, gateway=gateway)


async def _asked(tx: Tx, explanation_id: str, wanted: ExplanationState) -> Explanation:
    found = await explanation(tx, explanation_id)
    if wanted not in EXPLANATION_MOVES[found.state]:
        raise ExplanationDecided(explanation_id=explanation_id, state=found.state)
    return found


async def _decide(
    tx: Tx, found: Explanation, state: ExplanationState, actor: Actor, request_id: str | None
) -> Explanation:
    await tx.execute(
        "update books_explanation set state = $2, decided_by = $3, decided_at = $4 where id = $1",
        found.id, state, actor.id, tx.now,
    )  # fmt: skip
    action = "billing.sign_explanation" if state == "signed" else "billing.withdraw_explanation"
    await _note(tx, action, found, actor=actor, request_id=request_id)
    return await explanation(tx, found.id)


async def _note(
    tx: Tx, action: str, one: Explanation, *, actor: Actor, request_id: str | None
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=action, object=one.id,
        detail={
            "gateway": one.gateway, "journals": list(one.journals), "movements": list(one.movements),
            "amount": str(one.amount),
        },
        reason=one.reason, request_id=request_id,
    )  # fmt: skip


def _explanation(row: Row) -> Explanation:
    return Explanation(
        row["id"], row["gateway"], tuple(row["journal_ids"]), tuple(row["movement_ids"]),
        Money(row["amount"], row["currency"]), row["reason"], row["state"], row["asked_by"], row["decided_by"],
        row["at"], row["decided_at"],
    )  # fmt: skip
