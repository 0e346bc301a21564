"""Money moved between gateways by hand, e.g. from Stripe to the bank that payouts are made from: one operator says so,
another one books it. What a gateway tells of by itself needs nobody: see `billing.told`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arena.evidence import audit
from arena.kit.db import Row, Tx
from arena.kit.errors import Conflict, Forbidden, NotFound, Refused
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.money import ledger
from arena.people.access import Actor

MoveState = Literal["asked", "booked", "withdrawn"]
MOVE_MOVES: dict[MoveState, frozenset[MoveState]] = {
    "asked": frozenset({"booked", "withdrawn"}),
    "booked": frozenset(),
    "withdrawn": frozenset(),
}
GATEWAYS = ("fake", "manual", "stripe")


@dataclass(frozen=True, slots=True)
class NewMove:
    """What was moved: `source` and `target` are gateways."""

    source: str
    target: str
    amount: Money
    bank_reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class GatewayMove:
    """A move, and who said and who booked it. Times are product time."""

    id: str
    what: NewMove
    state: MoveState
    asked_by: str
    decided_by: str | None
    at: datetime
    decided_at: datetime | None


class MoveUnknown(NotFound):
    """There is no move {move_id} between gateways."""


class MoveDecided(Conflict):
    """The move {move_id} is {state} already."""


class MoveNeedsAnother(Forbidden):
    """You have entered this move yourself; another operator books it."""


class MoveAboveBalance(Refused):
    """{source} holds {there}, which is less than {asked}: look at the ledger first."""


class MoveToItself(Refused):
    """Money moves between two gateways; choose another one to move it to."""


async def ask_move(
    tx: Tx, new: NewMove, *, actor: Actor, intent: str, request_id: str | None = None
) -> GatewayMove:
    """Enters a move, which nothing follows from until another operator books it. Repeatable by `intent`. Raises
    MoveToItself, MoveAboveBalance."""
    if new.source == new.target:
        raise MoveToItself
    await _enough(tx, new)
    move_id = derived("gmv", intent)
    made = await tx.fetchval(
        """insert into gateway_move (id, from_gateway, to_gateway, amount, currency, bank_reference, reason, state,
             asked_by, at) values ($1, $2, $3, $4, $5, $6, $7, 'asked', $8, $9) on conflict do nothing returning id""",
        move_id, new.source, new.target, new.amount.minor, new.amount.currency, new.bank_reference, new.reason,
        actor.id, tx.now,
    )  # fmt: skip
    if made is not None:
        await _note(tx, "billing.ask_move", move_id, new, actor=actor, request_id=request_id)
    return await gateway_move(tx, move_id)


async def book_move(
    tx: Tx, move_id: str, *, actor: Actor, request_id: str | None = None
) -> GatewayMove:
    """The second of two: the journal is posted. Raises MoveUnknown, MoveDecided, MoveNeedsAnother, MoveAboveBalance."""
    found = await _asked(tx, move_id, "booked")
    if found.asked_by == actor.id:
        raise MoveNeedsAnother
    await _enough(tx, found.what)
    amount, currency = found.what.amount.minor, found.what.amount.currency
    await ledger.post(
        tx, kind=ledger.Kind.GATEWAY_MOVED, idem=move_id, reference=move_id,
        legs=[
            ledger.Leg(f"gateway:{found.what.target}:balance", amount, currency),
            ledger.Leg(f"gateway:{found.what.source}:balance", -amount, currency),
        ],
    )  # fmt: skip
    return await _decide(tx, found, "booked", actor, request_id)


async def withdraw_move(
    tx: Tx, move_id: str, *, actor: Actor, request_id: str | None = None
) -> GatewayMove:
    """Nothing follows from it. Raises MoveUnknown, MoveDecided."""
    found = await _asked(tx, move_id, "withdrawn")
    return await _decide(tx, found, "withdrawn", actor, request_id)


async def gateway_move(tx: Tx, move_id: str) -> GatewayMove:
    """Raises MoveUnknown."""
    row = await tx.fetchrow("select * from gateway_move where id = $1 for update", move_id)
    if row is None:
        raise MoveUnknown(move_id=move_id)
    return _move(row)


async def gateway_moves(tx: Tx, *, limit: int = 50) -> list[GatewayMove]:
    """Those that wait first, then the newest."""
    rows = await tx.fetch(
        "select * from gateway_move order by state <> 'asked', at desc, id desc limit $1", limit
    )
    return [_move(row) for row in rows]


async def _enough(tx: Tx, what: NewMove) -> None:
    there = await ledger.balance(tx, f"gateway:{what.source}:balance")
    if there.minor < what.amount.minor or there.currency != what.amount.currency:
        raise MoveAboveBalance(source=what.source, there=str(there), asked=str(what.amount))


async def _asked(tx: Tx, move_id: str, wanted: MoveState) -> GatewayMove:
    found = await gateway_move(tx, move_id)
    if wanted not in MOVE_MOVES[found.state]:
        raise MoveDecided(move_id=move_id, state=found.state)
    return found


async def _decide(
    tx: Tx, found: GatewayMove, state: MoveState, actor: Actor, request_id: str | None
) -> GatewayMove:
    await tx.execute(
        "update gateway_move set state = $2, decided_by = $3, decided_at = $4 where id = $1",
        found.id, state, actor.id, tx.now,
    )  # fmt: skip
    action = "billing.book_move" if state == "booked" else "billing.withdraw_move"
    await _note(tx, action, found.id, found.what, actor=actor, request_id=request_id)
    return await gateway_move(tx, found.id)


async def _note(
    tx: Tx, action: str, move_id: str, what: NewMove, *, actor: Actor, request_id: str | None
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=action, object=move_id,
        detail={"from": what.source, "to": what.target, "amount": str(what.amount), "bank": what.bank_reference},
        reason=what.reason, request_id=request_id,
    )  # fmt: skip


def _move(row: Row) -> GatewayMove:
    what = NewMove(
        row["from_gateway"], row["to_gateway"], Money(row["amount"], row["currency"]), row["bank_reference"],
        row["reason"],
    )  # fmt: skip
    return GatewayMove(
        row["id"], what, row["state"], row["asked_by"], row["decided_by"], row["at"], row["decided_at"]
    )  # fmt: skip
