"""Sets an account's limits and pulls or lifts its kill switch; each is audited."""

from decimal import Decimal

from arena.evidence import audit
from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.trading.risk import store
from arena.trading.risk.model import BadLimits, Limits


async def set_limits(
    tx: Tx, account_id: str, new: Limits, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """Replaces the bounds, not the kill switch. Raises BadLimits where one is not above zero."""
    bounds: dict[str, Decimal | None] = {
        "position_weight_max": new.position_weight_max,
        "exposure_max": new.exposure_max,
        "daily_drawdown_max": new.daily_drawdown_max,
        "order_notional_max": new.order_notional_max,
    }
    for name, bound in bounds.items():
        if bound is not None and (not bound.is_finite() or bound <= 0):
            raise BadLimits(why=f"{name} is {bound}")
    await store.save(tx, account_id, new)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="risk.limits", object=account_id,
        detail={name: None if bound is None else str(bound) for name, bound in bounds.items()},
        request_id=request_id,
    )  # fmt: skip


async def kill(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """From now on no order of the account is taken. Open orders stay: cancel them too if they should go."""
    await store.set_killed(tx, account_id, tx.now)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="risk.kill", object=account_id, reason=reason,
        request_id=request_id,
    )  # fmt: skip


async def revive(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """Lifts the kill switch."""
    await store.set_killed(tx, account_id, None)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="risk.revive", object=account_id,
        reason=reason, request_id=request_id,
    )  # fmt: skip
