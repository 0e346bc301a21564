"""The ledger beside pgbench and beside a raw COPY, all on one server.

Journals of three legs go in as the application's own role, each in a transaction of its own, by PostgreSQL's pgbench:
what is measured is the database with every rule enforced, not a client. pgbench's TPC-B-like transaction stands beside
it, at scale 1 where all meet at one row, and at scale 10.
"""

import os
import re
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from arena.kit.clock import WallClock
from arena.kit.db import APPLICATION, Database, connect_options, open_pool
from arena.kit.facts import Routing
from arena.kit.memory import settle_memory
from arena.kit.postgres import find_binaries
from arena.money.ledger import Kind, Leg, NewJournal, post_many, trial_balance
from benchmarks.table import Goal, ratios, show, spread

_RAW = """
create table raw_journal (like journal including defaults);
create table raw_entry (like entry including defaults including identity);
alter table raw_journal add primary key (id), add unique (idem);
alter table raw_entry add primary key (id);
grant all on raw_journal, raw_entry to arena_app"""
_COLUMNS = {
    "raw_journal": [
        "id",
        "kind",
        "idem",
        "idem_hash",
        "phase",
        "reference",
        "at",
        "currency",
        "accounts",
        "amounts",
    ],
    "raw_entry": ["journal_id", "account_id", "currency", "amount", "phase"],
}
CLIENTS, SPREAD, RENEWALS = 8, 1_000, 10_000
_ACCOUNTS = """insert into ledger_account (code, normal, currency)
  select kind || n, case kind when 'bench:gateway:' then 1 else -1 end, 'USD'
  from unnest(array['bench:gateway:', 'bench:creator:', 'bench:fee:']) with ordinality k(kind, place),
    generate_series(1, $1) n order by place, n"""
_JOURNAL = """insert into journal
  (id, kind, idem, idem_hash, phase, reference, at, currency, accounts, amounts)
  values ('b' || :client_id || ':' || :key, 'payment.captured', 'b' || :client_id || ':' || :key, '\\x00', 'posted',
    'sub_1', now(), 'USD', array[:gateway, :creator, :fee]::bigint[], array[9900, -8415, -1485]::bigint[]);
"""


async def ledger(url: str, *, rounds: int, seconds: float) -> None:
    """Prints two tables."""
    settle_memory()  # as the processes of an arena do when their start is over
    pool = await open_pool(url, size_min=1, size_max=2, as_application=True)
    try:
        db = Database(pool, WallClock(), Routing())
        await _journals(db, url, rounds, seconds)
        await _renewals(db, rounds)
        async with db.transaction() as tx:
            assert (await trial_balance(tx)).sound, "all that was posted adds up"
    finally:
        await pool.close()


async def _journals(db: Database, url: str, rounds: int, seconds: float) -> None:
    async with db.transaction() as tx:
        await tx.execute(_ACCOUNTS, SPREAD)
        first: int = await tx.fetchval(
            "select min(id) from ledger_account where code like 'bench:%'"
        )
    bench = _PgBench(url, seconds)
    hot, wide = bench.script(first, 1), bench.script(first, SPREAD)
    figures: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        bench.fill(scale=1)
        figures["TPC-B-like, scale 1: one hot row"].append(bench.run("-b", "tpcb-like"))
        figures["journals, the same three accounts"].append(bench.run("-f", hot, role=APPLICATION))
        bench.fill(scale=10)
        figures["TPC-B-like, scale 10"].append(bench.run("-b", "tpcb-like"))
        figures[f"journals over {SPREAD:,} accounts of each kind"].append(
            bench.run("-f", wide, role=APPLICATION)
        )
    scale_1, on_three, scale_10, on_many = figures.values()
    show(
        f"Journals of three legs, a transaction each, fsync on, {CLIENTS} clients, {rounds} rounds of {seconds:g} s",
        ["side", "transactions/s"], [[name, spread(values)] for name, values in figures.items()],
        [
            Goal("hot accounts against scale 1", ratios(on_three, scale_1), 0.5),
            Goal("spread accounts against scale 10", ratios(on_many, scale_10), 0.5),
        ],
    )  # fmt: skip


class _PgBench:
    def __init__(self, url: str, seconds: float) -> None:
        options = connect_options(url)
        self._program = find_binaries().path("pgbench")
        self._environment = dict(os.environ) | {
            "PGHOST": str(options["host"]), "PGPORT": str(options["port"]), "PGUSER": str(options["user"]),
            "PGDATABASE": str(options["database"]),
        }  # fmt: skip
        self._seconds = max(1, round(seconds))
        self._folder = tempfile.TemporaryDirectory(prefix="arena-pgbench-")
        self._filled = 0

    def script(self, first: int, width: int) -> str:
        """A file of one journal on accounts drawn from as many of each kind."""
        drawn = "".join(
            f"\\set {name} random({first + SPREAD * place}, {first + SPREAD * place + width - 1})\n"
            for place, name in enumerate(("gateway", "creator", "fee"))
        )
        path = Path(self._folder.name) / f"journal-{width}.sql"
        path.write_text(
            f"\\set key random(1, 1000000000000000)\n{drawn}{_JOURNAL}".replace("\n  ", " ")
        )
        return str(path)

    def fill(self, *, scale: int) -> None:
        if self._filled != scale:
            self._told("-i", "-q", "-I", "dtgp", "-s", str(scale), role=None)
            self._filled = scale

    def run(self, *what: str, role: str | None = None) -> float:
        """Transactions a second."""
        told = self._told(
            "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(self._seconds), *what, role=role
        )  # fmt: skip
        found = re.search(r"tps = ([\d.]+)", told)
        assert found, told
        assert "number of failed transactions: 0" in told, told
        return float(found[1])

    def _told(self, *arguments: str, role: str | None) -> str:
        environment = self._environment | ({"PGOPTIONS": f"-c role={role}"} if role else {})
        return subprocess.run(
            [self._program, *arguments], env=environment, check=True, capture_output=True, text=True
        ).stdout


async def _renewals(db: Database, rounds: int) -> None:
    async with db.transaction() as tx:  # accounts are there before anybody renews
        await post_many(tx, kind=Kind.PAYMENT_CAPTURED, journals=_batch("warm", 0))
        await tx.execute("set local role none")
        await tx.execute(_RAW)
    figures: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds):
        figures["renewals through the ledger"].append(
            await _timed(_posted(db, _batch("run", number)))
        )
        rows = await _rows(db, f"run:{number}:")
        figures["a raw COPY of the same rows"].append(await _timed(_copied(db, rows)))
    ours, raw = figures.values()
    show(
        f"A billing run of {RENEWALS:,} renewals, three legs each, one transaction, {rounds} rounds",
        ["side", "renewals/s"], [[name, spread(values)] for name, values in figures.items()],
        [Goal("the ledger against COPY", ratios(ours, raw), 0.4)],
    )  # fmt: skip


def _batch(name: str, number: int) -> list[NewJournal]:
    return [
        NewJournal(
            f"{name}:{number}:{each}", f"sub_{each}",
            (
                Leg("gateway:fake:balance", 9900),
                Leg(f"creator:usr_{each % SPREAD}:pending", -8415),
                Leg("platform:fee_income", -1485),
            ),
        )
        for each in range(RENEWALS)
    ]  # fmt: skip


async def _timed(act: Awaitable[None]) -> float:
    began = time.perf_counter()
    await act
    return RENEWALS / (time.perf_counter() - began)


async def _posted(db: Database, batch: list[NewJournal]) -> None:
    async with db.transaction() as tx:
        await post_many(tx, kind=Kind.PAYMENT_CAPTURED, journals=batch)


async def _rows(db: Database, prefix: str) -> dict[str, list[tuple[Any, ...]]]:
    """What a run has left behind in journals and entries, without what tables give by themselves."""
    async with db.transaction() as tx:
        journals = await tx.fetch(
            f"select {', '.join(_COLUMNS['raw_journal'])} from journal where starts_with(idem, $1) order by idem",
            prefix,
        )
        entries = await tx.fetch(
            f"select {', '.join(f'e.{name}' for name in _COLUMNS['raw_entry'])} from entry e join journal j"
            " on j.id = e.journal_id where starts_with(j.idem, $1) order by e.id",
            prefix,
        )
    return {
        "raw_journal": [tuple(each.values()) for each in journals],
        "raw_entry": [tuple(each.values()) for each in entries],
    }


async def _copied(db: Database, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Into tables with keys and no rule: nothing is computed, checked or counted."""
    async with db.transaction() as tx:
        for table, columns in _COLUMNS.items():
            await tx.copy(table, columns, rows[table])
