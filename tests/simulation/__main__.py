"""`make simulate`: runs from one or more seeds, with progress; a failing seed is told, and made smaller."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from arena.kit import migrations
from arena.kit.postgres import EmbeddedPostgres
from tests.conftest import Server
from tests.simulation.quiet import be_quiet
from tests.simulation.run import Broken, Plan, Told, run
from tests.simulation.shrink import shrink

STEPS_SHOWN = 40


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default 1)")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds (default 1)")
    parser.add_argument("--months", type=int, default=12, help="months of each (default 12)")
    parser.add_argument("--people", type=int, default=120, help="subscribers (default 120)")
    parser.add_argument("--creators", type=int, default=4)
    parser.add_argument("--busy", type=float, default=9.0, help="acts a day, on average")
    parser.add_argument("--crashes", type=float, default=0.06, help="share of doings that die")
    parser.add_argument("--kills", type=float, default=0.004, help="the same by SIGKILL, apart")
    parser.add_argument(
        "--paid-by", choices=("stripe", "fake"), default="stripe", help="who pays creators"
    )
    parser.add_argument("--calm", action="store_true", help="no storms at Stripe")
    parser.add_argument("--journal", type=Path, help="where to write all steps")
    parser.add_argument("--no-shrink", action="store_true", help="tell a failing seed as it is")
    args = parser.parse_args()
    plan = Plan(
        args.seed, args.months, args.people, args.creators, args.busy, args.crashes, args.kills,
        storms=not args.calm, paid_by=args.paid_by,
    )  # fmt: skip
    be_quiet()
    with _server() as server:
        asyncio.run(_all(server, plan, args))


async def _all(server: Server, plan: Plan, args: argparse.Namespace) -> None:
    await server.administer("create database template_arena")
    await migrations.upgrade(server.url_of("template_arena"))
    for seed in range(plan.seed, plan.seed + args.seeds):
        each = replace(plan, seed=seed)
        try:
            told = await fresh_run(server, each, progress=_Progress(each))
        except Broken as broken:
            _keep(args.journal, broken.told)
            await _tell(server, each, broken, shrinking=not args.no_shrink)
            sys.exit(1)
        _keep(args.journal, told)
        _summary(each, told)


async def fresh_run(server: Server, plan: Plan, *, progress: "_Progress | None" = None) -> Told:
    """In a database of its own, which is dropped."""
    name = await server.create()
    try:
        with tempfile.TemporaryDirectory(prefix="arena-simulation-") as home:
            told = progress or (lambda _month, _told: None)
            return await run(plan, server.url_of(name), Path(home), progress=told)
    finally:
        await server.drop(name)


class _Progress:
    """A line a month: how far, how fast, how long still."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._began = time.monotonic()

    def __call__(self, month: int, told: Told) -> None:
        took = time.monotonic() - self._began
        left = took / month * (self._plan.months - month)
        print(
            f"seed {self._plan.seed}: month {month} of {self._plan.months}, {len(told.journal):,} steps,"
            f" {told.paid_months:,} subscriber-months paid, {sum(told.deaths.values()):,} crashes,"
            f" {told.paid_months / took:.0f} subscriber-months a second, {left:.0f} s left",
            flush=True,
        )


def _summary(plan: Plan, told: Told) -> None:
    print(f"\nseed {plan.seed}: all holds. Steps {told.digest[:16]}, head {told.heads[0][:16]}")
    for title, counted in (("crashes", told.deaths), ("doings", told.endings)):
        print(f"  {title}: " + ", ".join(f"{name} {n}" for name, n in sorted(counted.items())))


async def _tell(server: Server, plan: Plan, broken: Broken, *, shrinking: bool) -> None:
    print(f"\nBROKEN: {broken}\n\nthe last steps:")
    print("\n".join(broken.told.journal[-STEPS_SHOWN:]))
    print(f"\nagain: make simulate SEED={plan.seed} MONTHS={broken.month}")
    if shrinking:
        found = await shrink(plan, broken, lambda smaller: fresh_run(server, smaller))
        print(f"smaller: {found}")


def _keep(path: Path | None, told: Told) -> None:
    if path is not None:
        path.write_text("\n".join(told.journal) + "\n", encoding="utf-8")


@contextmanager
def _server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(
        prefix="arena-simulation-", ignore_cleanup_errors=True
    ) as home:
        postgres = EmbeddedPostgres(Path(home), durable=False)
        try:
            yield Server(postgres.start())
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
