"""Metering: the gated pull of callers who pay by the call, below a cap, against the same pull unmetered."""

from collections import defaultdict
from typing import Any

from benchmarks.child import child
from benchmarks.machine import cores
from benchmarks.pull import CONNECTIONS, load, tool
from benchmarks.table import Goal, ratios, show, spread

SIDES = ("pull, unmetered", "pull, metered below a cap")


async def metering(url: str, *, rounds: int, seconds: float) -> None:
    """Prints the table. One server; in each round both sides have their turn, in turning order."""
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    server_core, client_core = cores()
    served = counted = 0.0
    async with (
        child("benchmarks.arena_server", url, core=server_core) as product,
        child("benchmarks.load", core=client_core) as client,
    ):
        about = await product.ask("about")
        how: dict[str, Any] = {
            "port": about["port"], "path": about["pull"], "keys": about["keys"], "connections": CONNECTIONS,
        }  # fmt: skip
        for number in range(rounds + 1):
            for name in SIDES if number % 2 else reversed(SIDES):
                metered, lasting = name == SIDES[1], seconds if number else 0.5
                if metered:
                    await product.ask("metered", on=True)
                    before = await product.ask("counted")
                cpu_s = (await product.ask("spent"))["cpu_s"]
                got = await load(client, how, lasting)
                got["per_cpu_s"] = (
                    got["rps"] * lasting / ((await product.ask("spent"))["cpu_s"] - cpu_s)
                )
                if metered:
                    counted += await product.ask("counted") - before
                    served += got["rps"] * lasting
                    await product.ask("metered", on=False)
                if number:  # the first round only warms up
                    for figure, value in got.items():
                        figures[name][figure].append(value)
    plain, paid = (figures[name] for name in SIDES)
    show(
        f"Metering, {CONNECTIONS} connections, {rounds} rounds of {seconds:g} s, load by {tool()}",
        ["side", "requests/s", "per server CPU s", "p50 ms", "p99 ms", "errors"],
        [
            [
                name, spread(f["rps"]), spread(f["per_cpu_s"]), spread(f["p50_ms"], 2), spread(f["p99_ms"], 2),
                f"{sum(f['errors']):.0f}",
            ]
            for name, f in figures.items()
        ],
        [
            Goal("requests/s metered against unmetered", ratios(paid["rps"], plain["rps"]), 0.8),
            Goal("the same by server CPU time", ratios(paid["per_cpu_s"], plain["per_cpu_s"]), None),
            Goal("calls counted for each that was measured", [counted / served], None),
            Goal("errors", paid["errors"], 0, at_most=True),
        ],
    )  # fmt: skip
