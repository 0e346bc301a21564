"""Killed at ten random points of publishing, filling and charging: nothing is lost, nothing is done twice."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from arena.kit.clock import TapeClock, iso_ms, monotonic_s
from arena.kit.db import Database, connect_options, open_pool
from arena.kit.facts import Routing
from arena.signals import feeds, following
from arena.trading.venues import Rules
from tests.conftest import START, Server
from tests.stories.crash_worker import crash_settings

ROOT = Path(__file__).parents[2]
KILLS = 10
UNTIL = START + timedelta(days=8)
RECORD = {
    "signals": "select feed_id, sequence, hash, signature, salt, log_index from signal order by 1, 2",
    "fills": "select id, order_id, side, quantity, price, fee, fee_asset, at from fill order by at, id",
    "marks": "select account_id, at, equity from equity_mark order by 1, 2",
    # Who pays and who is paid has ids of chance: of entries that tell of money only the place is looked at.
    "log": "select index, case when kind in ('ledger_head', 'creator_statement') then null else entry end from log_leaf"
    " order by 1",
    "charges": "select amount, currency, state from fake_charge order by 1, 2, 3",
    "ledger": "select code, debits_posted, credits_posted from ledger_account"
    " where code not like 'creator:%' order by 1",
}


_BY_JOBS = "('ledger_head', 'creator_statement')"
# Heads and statements are made by jobs when they are due. After a kill they may stand before or behind a signal of the
# same minute: there are as many, and all else is in the same order.
AFTER_KILLS = RECORD | {
    "signals": "select feed_id, sequence, hash, signature, salt, rank() over (order by log_index) from signal"
    " order by 1, 2",
    "log": f"select entry from log_leaf where kind not in {_BY_JOBS} order by index",
    "leaves": "select kind, count(*) from log_leaf group by 1 order by 1",
}


@pytest.mark.slow
async def test_kills_at_random_points_leave_the_same_world_as_no_kill(
    server: Server, tmp_path: Path
) -> None:
    unharmed, killed = await server.create(), await server.create()
    ended, lasted_s = _timed_run(server.url_of(unharmed), tmp_path / "a")
    assert ended == "done"
    chance = random.Random(20211027)
    kills = 0
    while kills < KILLS:
        # Parts of the whole, which together are well below it on a machine of any pace.
        kill_after_s = chance.uniform(0.008, 0.075) * lasted_s
        ended = _run(server.url_of(killed), tmp_path / "b", kill_after_s=kill_after_s)
        if ended == "done":
            break
        kills += 1
    assert kills == KILLS, "the run was over before it could be killed; lengthen it"
    assert _run(server.url_of(killed), tmp_path / "b") == "done"
    for name, sql in AFTER_KILLS.items():
        assert await _rows(server, killed, sql) == await _rows(server, unharmed, sql), name
    await _nothing_lost_nothing_twice(server, killed)
    await _records_recompute(server, killed)


def _run(url: str, home: Path, kill_after_s: float | None = None) -> str:
    """Runs the worker to its end, or kills it so long after it was ready; the last word it said."""
    return _timed_run(url, home, kill_after_s)[0]


def _timed_run(url: str, home: Path, kill_after_s: float | None = None) -> tuple[str, float]:
    """As `_run`, and how many seconds passed from ready to the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stories.crash_worker", url, str(home), iso_ms(UNTIL)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment(),
    )  # fmt: skip
    assert process.stdout is not None
    while process.stdout.readline().strip() not in ("ready", ""):
        continue  # what it logs on the way
    ready_s = monotonic_s()
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        process.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode in (0, -signal.SIGKILL), err[-3000:]
    return "done" if out.split()[-1:] == ["done"] else "killed", monotonic_s() - ready_s


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ARENA_")}


async def _rows(server: Server, name: str, sql: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(**connect_options(server.url_of(name)))
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def _nothing_lost_nothing_twice(server: Server, name: str) -> None:
    for claim, sql in {
        "every signal told of once": "select count(*) from signal s where (select count(*) from fact f"
        " where f.kind = 'SignalPublished' and f.body->>'signal_id' = s.id) <> 1",
        "every signal acted on once": "select count(*) from signal s where not exists"
        " (select 1 from following_act a where a.signal_id = s.id)",
        "every fill told of once": "select count(*) from fill l where (select count(*) from fact f"
        " where f.kind = 'OrderFilled' and f.body->>'fill_id' = l.id) <> 1",
        "no reaction left": "select count(*) from reaction where state <> 'done'",
        "every charge settled": "select count(*) from payment_attempt where state <> 'succeeded'",
        "one charge an attempt": "select count(*) from fake_charge c where not exists"
        " (select 1 from payment_attempt p where p.id = c.idempotency_key and p.amount = c.amount)",
        "one journal an attempt": "select count(*) from payment_attempt p where (select count(*) from journal j"
        " where j.kind = 'payment.captured' and j.idem like '%' || p.id || '%') <> 1",
        "the ledger sums to zero": "select coalesce(abs(sum(amount)), 0)::bigint from entry",
        "counters are the sum of entries": "select count(*) from ledger_account a where debits_posted - credits_posted"
        " <> (select coalesce(sum(amount), 0) from entry e where e.account_id = a.id)",
    }.items():
        assert await _rows(server, name, sql) == [(0,)], claim


async def _records_recompute(server: Server, name: str) -> None:
    rules = Rules.from_settings(crash_settings(Path()))
    pool = await open_pool(server.url_of(name), size_min=1)
    try:
        db = Database(pool, TapeClock(UNTIL), Routing())
        async with db.transaction(readonly=True) as tx:
            found = await tx.fetch("select id from feed where last_sequence > 0")
            assert len(found) >= 5
            for row in found:
                again = await following.recompute(tx, row["id"], UNTIL, rules=rules)
                assert not again.differences, again.differences[:3]
                assert not (await feeds.check_chain(tx, row["id"])).faults
    finally:
        await pool.close()


@pytest.mark.slow
async def test_the_same_tape_and_seed_give_the_same_bytes(server: Server, tmp_path: Path) -> None:
    first, second = await server.create(), await server.create()
    assert _run(server.url_of(first), tmp_path / "a") == "done"
    assert _run(server.url_of(second), tmp_path / "b") == "done"
    for name in ("signals", "fills", "marks", "log"):
        rows = await _rows(server, first, RECORD[name])
        assert rows
        assert rows == await _rows(server, second, RECORD[name]), name
