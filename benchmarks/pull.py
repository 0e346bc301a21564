"""The gated pull: ten signals by API key, against a constant answer and a FastAPI route with one query."""

import shutil
from collections import defaultdict
from typing import Any

from benchmarks.child import Child, child
from benchmarks.machine import cores
from benchmarks.table import Goal, ratios, show, spread
from benchmarks.wrk import wrk

CONNECTIONS = 32


async def pull(url: str, *, rounds: int, seconds: float) -> None:
    """Prints the table. All servers stay up; in each round each side has its turn."""
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    server_core, client_core = cores()
    async with (
        child("benchmarks.arena_server", url, core=server_core) as product,
        child("benchmarks.naive_server", url, core=server_core) as naive,
        child("benchmarks.load", core=client_core) as client,
    ):
        about = await product.ask("about")
        peer = await naive.ask("about")
        await naive.ask("use", payload=about["payload"], items=10)
        feed_id = about["pull"].partition("model_id=")[2].partition("&")[0]
        sides = {
            "product, gated pull of ten signals": (product, about["port"], about["pull"]),
            "product, constant answer": (product, about["port"], about["constant"]),
            "FastAPI + one SQLAlchemy query": (naive, peer["port"], f"/pull?model_id={feed_id}"),
        }
        names = list(sides)
        for number in range(rounds + 1):
            for name in names[number % 3 :] + names[: number % 3]:
                server, port, path = sides[name]
                how: dict[str, Any] = {
                    "port": port, "path": path, "keys": about["keys"], "connections": CONNECTIONS,
                }  # fmt: skip
                cpu_s = (await server.ask("spent"))["cpu_s"]
                got = await load(client, how, seconds if number else 0.5)
                cpu_s = (await server.ask("spent"))["cpu_s"] - cpu_s
                got["per_cpu_s"] = got["rps"] * (seconds if number else 0.5) / cpu_s
                if number:  # the first round only warms up
                    for figure, value in got.items():
                        figures[name][figure].append(value)
    gated, constant, query = (figures[name] for name in names)
    rows = [
        [
            name, spread(f["rps"]), spread(f["per_cpu_s"]), spread(f["p50_ms"], 2), spread(f["p99_ms"], 2),
            f"{sum(f['errors']):.0f}",
        ]
        for name, f in figures.items()
    ]  # fmt: skip
    show(
        f"Gated pull, {CONNECTIONS} connections, {rounds} rounds of {seconds:g} s, load by {tool()}",
        ["side", "requests/s", "per server CPU s", "p50 ms", "p99 ms", "errors"],
        rows,
        [
            Goal("requests/s against the constant answer", ratios(gated["rps"], constant["rps"]), 0.6),
            Goal("the same by server CPU time", ratios(gated["per_cpu_s"], constant["per_cpu_s"]), None),
            Goal("requests/s against FastAPI + SQLAlchemy", ratios(gated["rps"], query["rps"]), 6.0),
            Goal("p99 against the constant's", ratios(gated["p99_ms"], constant["p99_ms"]), 2.0, at_most=True),
            Goal("errors", gated["errors"], 0, at_most=True),
        ],
    )  # fmt: skip


async def load(client: Child, how: dict[str, Any], seconds: float) -> dict[str, float]:
    if tool() == "wrk":
        return await wrk(how, seconds)
    answer: dict[str, float] = await client.ask("load", seconds=seconds, **how)
    return answer


def tool() -> str:
    return "wrk" if shutil.which("wrk") else "benchmarks.load"
