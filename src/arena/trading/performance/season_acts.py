"""Opens, withdraws and freezes seasons. What is frozen is in the transparency log, and PostgreSQL keeps it as it is."""

from datetime import datetime, timedelta

import asyncpg

from arena.evidence import audit, log
from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.clock import iso_ms
from arena.kit.db import Database, Row, Tx
from arena.kit.ids import fresh
from arena.people.access import Actor
from arena.trading.market import instrument
from arena.trading.performance import store
from arena.trading.performance.leaderboard import DAYS_MIN, span_board, standing_in
from arena.trading.performance.model import Ranked
from arena.trading.performance.season_terms import (
    SEASON_MOVES,
    NewSeason,
    NoSuchSeason,
    Season,
    SeasonMoved,
    SeasonNameTaken,
    SeasonNotFrozen,
    SeasonSpanRefused,
    SeasonStatus,
    Standings,
    document_of,
)

DAYS_MAX = 730
LOG_KIND = "season_result"
_COLUMNS = (
    "id, name, note, starts_at, ends_at, venue, symbol, status, opened_by, opened_at, ended_at,"
    " document_sha, log_index"
)
_LINE = (
    "rank, account_id, kind, owner_id, opened_at, daily_returns, total_return, volatility, sharpe,"
    " sharpe_low, sharpe_high, max_drawdown, venue, closed_at, accounts_before"
)


async def open_season(
    tx: Tx, wanted: NewSeason, *, actor: Actor, request_id: str | None = None
) -> Season:
    """Raises SeasonSpanRefused, SeasonNameTaken, UnknownInstrument."""
    _, midnight = await store.whereabouts(tx)
    _check_span(wanted, midnight)
    if wanted.symbol is not None:
        await instrument(tx, wanted.symbol)
    try:
        async with tx.savepoint():
            row = await tx.one(
                f"""insert into season (id, name, note, starts_at, ends_at, venue, symbol, opened_by, opened_at)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning {_COLUMNS}""",
                fresh("sea"), wanted.name.strip(), wanted.note.strip(), wanted.starts_at, wanted.ends_at,
                wanted.venue, wanted.symbol, actor.id, tx.now,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise SeasonNameTaken(name=wanted.name.strip()) from None
    made = _season(row)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="seasons.open", object=made.id,
        detail={"name": made.name, "starts_at": iso_ms(made.starts_at), "ends_at": iso_ms(made.ends_at),
                "venue": made.venue, "symbol": made.symbol},
        request_id=request_id,
    )  # fmt: skip
    return made


async def withdraw_season(
    tx: Tx, season_id: str, *, reason: str, actor: Actor, request_id: str | None = None
) -> Season:
    """One that has not begun; what has begun is played to its end. Raises NoSuchSeason, SeasonMoved."""
    found = await _locked(tx, season_id)
    if SeasonStatus.WITHDRAWN not in SEASON_MOVES[found.status] or tx.now >= found.starts_at:
        raise SeasonMoved(phase=found.phase(tx.now))
    row = await tx.one(
        f"""update season set status = 'withdrawn', ended_at = $2 where id = $1 returning {_COLUMNS}""",
        season_id, tx.now,
    )  # fmt: skip
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="seasons.withdraw", object=season_id,
        reason=reason, request_id=request_id,
    )  # fmt: skip
    return _season(row)


async def freeze_seasons(db: Database) -> int:
    """Freezes the seasons whose last midnight has been marked, each in a transaction of its own; returns how many."""
    count = 0
    while True:
        async with db.transaction() as tx:
            _, midnight = await store.whereabouts(tx)
            row = await tx.fetchrow(
                f"""select {_COLUMNS} from season where status = 'open' and ends_at <= $1
                    order by ends_at, id limit 1 for update skip locked""",
                midnight,
            )
            if row is None:
                return count
            await _freeze(tx, _season(row))
            count += 1


async def season(tx: Tx, season_id: str) -> Season:
    """Raises NoSuchSeason."""
    row = await tx.fetchrow(f"select {_COLUMNS} from season where id = $1", season_id)
    if row is None:
        raise NoSuchSeason(season_id=season_id)
    return _season(row)


async def seasons(
    tx: Tx, *, after: tuple[datetime, str] | None = None, limit: int = 50, withdrawn: bool = False
) -> list[Season]:
    """Those that start last come first; `after` is when the last one seen starts, and which it is."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        f"""select {_COLUMNS} from season where ($1::timestamptz is null or (starts_at, id) < ($1, $2))
              and (status <> 'withdrawn' or $4) order by starts_at desc, id desc limit $3""",
        at, last_id, limit, withdrawn,
    )  # fmt: skip
    return [_season(row) for row in rows]


async def season_standings(tx: Tx, found: Season) -> Standings:
    """The frozen result; of a season that runs, how it stood at the last midnight, which decides nothing yet."""
    if found.status is SeasonStatus.FROZEN:
        rows = await tx.fetch(
            f"select {_LINE} from season_line where season_id = $1 order by place", found.id
        )
        return Standings(found, found.ends_at, [Ranked(**dict(row)) for row in rows], final=True)
    _, midnight = await store.whereabouts(tx)
    until = min(midnight, found.ends_at)
    if found.status is SeasonStatus.WITHDRAWN or until <= found.starts_at:
        return Standings(found, None, (), final=False)
    board = await span_board(tx, found.starts_at, until, found.sieve)
    return Standings(found, until, board.lines, final=False)


async def season_document(tx: Tx, season_id: str) -> bytes:
    """The result as it was frozen, canonical JSON to the byte. Raises NoSuchSeason, SeasonNotFrozen."""
    await season(tx, season_id)
    document: bytes | None = await tx.fetchval(
        "select document from season where id = $1", season_id
    )
    if document is None:
        raise SeasonNotFrozen(season_id=season_id)
    return document


def _check_span(wanted: NewSeason, midnight: datetime) -> None:
    bounds = {"days_min": DAYS_MIN, "days_max": DAYS_MAX}
    for at in (wanted.starts_at, wanted.ends_at):
        if at != at.replace(hour=0, minute=0, second=0, microsecond=0) or at.utcoffset():
            raise SeasonSpanRefused(why=f"{at} is no midnight (UTC)", **bounds)
    if wanted.starts_at < midnight:
        raise SeasonSpanRefused(why=f"the arena's last midnight was {iso_ms(midnight)}", **bounds)
    length = wanted.ends_at - wanted.starts_at
    if not timedelta(days=DAYS_MIN) <= length <= timedelta(days=DAYS_MAX):
        raise SeasonSpanRefused(why=f"these are {length // timedelta(days=1)} days", **bounds)


async def _freeze(tx: Tx, due: Season) -> None:
    lines = await standing_in(tx, due.starts_at, due.ends_at, due.sieve)
    document = canonical_json(document_of(due, lines, at=iso_ms(tx.now)))
    sha = sha256_hex(document)
    columns = _LINE.split(", ")
    await tx.copy(
        "season_line", ["season_id", "place", *columns],
        [(due.id, place, *(getattr(line, name) for name in columns)) for place, line in enumerate(lines, 1)],
    )  # fmt: skip
    await audit.record(
        tx, actor="system", actor_kind="system", action="seasons.freeze", object=due.id,
        detail={"sha": sha, "accounts": len(lines), "ranked": sum(line.rank is not None for line in lines)},
    )  # fmt: skip
    entry = {
        "type": "season_result/v1", "season": due.id, "name": due.name, "sha": sha,
        "starts_at": iso_ms(due.starts_at), "ends_at": iso_ms(due.ends_at), "accounts": str(len(lines)),
        "at": iso_ms(tx.now),
    }  # fmt: skip
    # The log comes last: its lock is everybody's, but for the row that holds its place.
    index = await log.append(tx, kind=LOG_KIND, reference=due.id, entry=canonical_json(entry))
    await tx.execute(
        """update season set status = 'frozen', ended_at = $2, document = $3, document_sha = $4, log_index = $5
           where id = $1""",
        due.id, tx.now, document, sha, index,
    )  # fmt: skip


async def _locked(tx: Tx, season_id: str) -> Season:
    row = await tx.fetchrow(f"select {_COLUMNS} from season where id = $1 for update", season_id)
    if row is None:
        raise NoSuchSeason(season_id=season_id)
    return _season(row)


def _season(row: Row) -> Season:
    return Season(**{**dict(row), "status": SeasonStatus(row["status"])})
