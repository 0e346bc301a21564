"""The tape: which pack is played, how far it is, and at what pace."""

from datetime import datetime

from arena.kit.db import Tx
from arena.trading.market import store
from arena.trading.market.model import BadSpeed, NoTape, PackChanged, Tape
from arena.trading.market.source import Source


async def open_tape(tx: Tx, source: Source, speed: str) -> Tape:
    """The tape of this installation, made at the first start with its instruments and the product clock.

    A replay's clock begins at the open of its first bar. Raises PackChanged where the stored tape plays
    another pack, BadSpeed.
    """
    _check(speed)
    pack = source.pack
    known = await tx.fetchrow("select pack_sha, source from tape")
    if known is not None:
        if known["pack_sha"] != pack.sha:
            raise PackChanged(
                stored=f"{known['source']} {known['pack_sha'][:12]}", offered=f"{pack.source} {pack.sha[:12]}",
                why="its files, symbols or interval differ",
            )  # fmt: skip
        await tx.execute("update tape set reason = $1", source.reason[:500])
        if source.name in ("live", "recorded"):
            # Its events count in these very steps, which an exchange changes now and then.
            await store.refresh_instruments(tx, source.instruments)
        return await store.tape(tx)
    first = pack.first_open or tx.now  # a live clock is the wall's
    await store.insert_instruments(tx, source.instruments, source.name)
    await tx.execute(
        "insert into product_clock (at, source) values ($1, $2) on conflict (one) do nothing",
        first, source.name,
    )  # fmt: skip
    await tx.execute(
        """insert into tape (source, pack, pack_sha, interval_s, next_open_at, speed, reason)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        source.name, pack.manifest(), pack.sha, pack.interval_s, pack.first_open, speed, source.reason[:500],
    )  # fmt: skip
    tx.tell("tape")
    return await store.tape(tx)


async def set_speed(tx: Tx, speed: str, until: datetime | None = None) -> None:
    """Changes the pace of the replay; with `until` the tape pauses there. Raises BadSpeed, NoTape."""
    _check(speed)
    if not await tx.execute("update tape set speed = $1, until = $2", speed, until):
        raise NoTape
    tx.tell("tape")


async def end_tape(tx: Tx) -> None:
    """The last bar has been played; the product clock stands still from here. Raises NoTape."""
    if not await tx.execute(
        "update tape set ended_at = coalesce(ended_at, $1), next_open_at = null", tx.now
    ):
        raise NoTape
    tx.tell("tape")


def _check(speed: str) -> None:
    pace = speed[:-1]
    if speed in ("max", "pause", "auto"):
        return
    if not (speed.endswith("x") and pace.isascii() and pace.isdigit() and 0 < int(pace) <= 10**9):
        raise BadSpeed(speed=speed)
