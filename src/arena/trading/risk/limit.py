"""Sets limits and pulls or lifts the switches of an account; each is audited and told to whoever trades for it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from arena.evidence import audit
from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.trading.risk import store
from arena.trading.risk.bounds import LEAST, expect_sound, expect_within
from arena.trading.risk.model import Limits, StopIsTheOperators

NEWS = "risk"
"""News `risk:<account id>`: its limits are to be read again before the next order is decided on. Processes hear it
after the commit, and this one before the call that changed them returns."""


async def set_limits(
    tx: Tx,
    account_id: str,
    new: Limits,
    *,
    default: Limits = store.NO_LIMITS,
    wished: Mapping[str, Any] | None = None,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> None:
    """Replaces the owner's limits, not the switch. `default` are the installation's bounds; `wished` are the limits
    the owner has named, all of `new` where that is not said: only those are compared with the operator's bounds.

    Raises BadLimits where one is not above zero, LooserThanBound where one is looser than the operator's.
    """
    expect_sound(new)
    operator = (await store.bounds(tx, [account_id], default))[account_id].operator
    expect_within(operator, as_mapping(new) if wished is None else wished)
    await store.save_own(tx, account_id, new)
    await _note(tx, account_id, "risk.limits", actor, request_id, detail=_words(new))


async def set_bounds(
    tx: Tx,
    account_id: str,
    new: Limits,
    reason: str,
    *,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> None:
    """Replaces the operator's bounds for this account; what the owner has set stays, and the tighter binds.

    Raises BadLimits where one is not above zero.
    """
    expect_sound(new)
    await store.save_bound(tx, account_id, new)
    await _note(tx, account_id, "risk.bounds", actor, request_id, reason=reason, detail=_words(new))


async def kill(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """The owner's stop: no order of the account is taken. Open orders stay: cancel them too if they should go."""
    await store.set_killed(tx, account_id, tx.now)
    await _note(tx, account_id, "risk.kill", actor, request_id, reason=reason)


async def revive(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """Lifts the owner's stop. Raises StopIsTheOperators where the operator has one, which this does not lift."""
    found = (await store.bounds(tx, [account_id]))[account_id]
    if found.operator.barred_at is not None:
        raise StopIsTheOperators(barred_at=iso_ms(found.operator.barred_at))
    await store.set_killed(tx, account_id, None)
    await _note(tx, account_id, "risk.revive", actor, request_id, reason=reason)


async def bar(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """The operator's stop: nothing of the account is taken, and a liquidation that is under way waits."""
    await store.set_barred(tx, account_id, tx.now)
    await _note(tx, account_id, "risk.bar", actor, request_id, reason=reason)


async def unbar(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """Lifts the operator's stop; the owner's stays where there is one."""
    await store.set_barred(tx, account_id, None)
    await _note(tx, account_id, "risk.unbar", actor, request_id, reason=reason)


async def forgive(
    tx: Tx, account_id: str, reason: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> None:
    """Total drawdown is counted from the highest equity since now, so that an account that was halted by it, and holds
    nothing that could recover, may trade again."""
    await store.set_peak_since(tx, account_id, tx.now)
    await _note(tx, account_id, "risk.forgive", actor, request_id, reason=reason)


def as_mapping(limits: Limits) -> dict[str, Any]:
    """The bounds by name, the switches left out."""
    named = {name: getattr(limits, name) for name in LEAST}
    return {
        **named,
        "position_quantity_max": limits.position_quantity_max,
        "symbols": limits.symbols,
    }


def _words(limits: Limits) -> dict[str, Any]:
    """As the audit trail keeps it: numbers as decimal strings, what is not set left out."""
    words: dict[str, Any] = {}
    for name in LEAST:
        bound = getattr(limits, name)
        if bound is not None:
            words[name] = format(Decimal(bound), "f")
    if limits.position_quantity_max:
        words["position_quantity_max"] = {
            symbol: format(quantity, "f")
            for symbol, quantity in sorted(limits.position_quantity_max.items())
        }
    if limits.symbols is not None:
        words["symbols"] = sorted(limits.symbols)
    return words


async def _note(
    tx: Tx,
    account_id: str,
    action: str,
    actor: Actor,
    request_id: str | None,
    **how: Any,
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=action, object=account_id,
        request_id=request_id, **how,
    )  # fmt: skip
    tx.tell(f"{NEWS}:{account_id}")
