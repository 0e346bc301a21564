"""Live trading is off until the operator turns it on and the collective asks for it; both are audited."""

from arena.evidence import audit
from arena.kit.clock import WallClock
from arena.kit.db import Database, Tx
from arena.kit.settings import Settings
from arena.people.access import Actor
from arena.trading.orders.live import store
from arena.trading.orders.live.model import LiveTradingOff, NotAgreed, Switch


async def turn(
    tx: Tx, allowed: bool, reason: str, *, actor: Actor, request_id: str | None = None
) -> Switch:
    """The operator's act. Turning it off stops new orders at once; cancels and questions go on."""
    await store.set_switch(tx, allowed, actor.id, reason)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="live.allow" if allowed else "live.forbid",
        object="live trading", reason=reason, request_id=request_id,
    )  # fmt: skip
    return await store.switch(tx)


async def consent(
    tx: Tx, collective_id: str, agreed: bool, *, actor: Actor, request_id: str | None = None
) -> None:
    """The collective asks for live trading, or withdraws; repeated it does nothing."""
    if await store.set_consent(tx, collective_id, agreed):
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind,
            action="live.agree" if agreed else "live.withdraw", object=collective_id,
            request_id=request_id,
        )  # fmt: skip


async def allow(tx: Tx, db: Database, settings: Settings, collective_id: str) -> None:
    """Raises LiveTradingOff, NotAgreed where the collective may not send orders now."""
    await _let(tx, db, settings)
    if not await store.agreed(tx, collective_id):
        raise NotAgreed


async def _let(tx: Tx, db: Database, settings: Settings) -> None:
    if not settings.live_trading:
        raise LiveTradingOff(why="this installation is started without ARENA_LIVE_TRADING")
    if not isinstance(db.clock, WallClock):
        raise LiveTradingOff(why="prices here are a replay, and orders would go by the past")
    if not (await store.switch(tx)).allowed:
        raise LiveTradingOff(why="the operator has not turned it on")
