"""Fan-out: one publisher, many streams; the product against a naive FastAPI loop and Node's ws."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from benchmarks.child import Child, child
from benchmarks.machine import cores, node_version
from benchmarks.table import Goal, ratios, show, spread

NODE = Path(__file__).parent / "node"
PACED_EVENTS, PACED_HERTZ = 15, 5.0
STALL_SOCKETS, STALL_HERTZ, STALL_S = 50, 800.0, 8
SIDES = ("product", "naive", "node")
Figures = dict[str, dict[str, list[float]]]


async def fan_out(url: str, *, rounds: int, sockets: int, seconds: float) -> None:
    """Prints the table. Each round starts each server afresh, one after the other."""
    sides = [side for side in SIDES if side != "node" or _node_ready()]
    figures: Figures = defaultdict(lambda: defaultdict(list))
    for number in range(rounds):
        for side in sides[number % len(sides) :] + sides[: number % len(sides)]:
            await _measure(url, side, sockets, seconds, figures)
    stalls = {side: await _stalled(url, side) for side in sides}
    if "node" not in sides:
        print(
            "Node or its ws package is missing, so its side is left out: npm ci in benchmarks/node"
        )
    show(
        f"Fan-out to {sockets:,} streams, {rounds} rounds",
        ["side", "deliveries/s", "per server CPU s", "p50 ms at 5/s", "p99 ms", "last stream ms", "KB/stream",
         "others beside a stalled reader"],
        _rows(figures, stalls), _goals(figures, stalls),
    )  # fmt: skip


def _rows(figures: Figures, stalls: dict[str, dict[str, float]]) -> list[list[str]]:
    rows = [
        [
            side, spread(of["rate"]), spread(of["rate_cpu"]), spread(of["p50"], 1), spread(of["p99"], 1),
            spread(of["last"], 1), spread(of["kb"], 1),
            f"{stalls[side]['share']:.1%}, p99 {stalls[side]['p99_ms']:,.0f} ms",
        ]
        for side, of in sorted(figures.items(), key=lambda pair: SIDES.index(pair[0]))
    ]  # fmt: skip
    of = figures["product"]
    joined = ["product, 4 joined", spread(of["rate4"]), spread(of["rate4_cpu"]), *[""] * 5]
    return [rows[0], joined, *rows[1:]]


def _goals(figures: Figures, stalls: dict[str, dict[str, float]]) -> list[Goal]:
    product = figures["product"]
    goals = []
    for side, aim in (("naive", 1.8), ("node", 1.0)):
        if side in figures:
            peer = figures[side]
            goals += [
                Goal(
                    f"deliveries/s, one signal a write, against {side}",
                    ratios(product["rate"], peer["rate"]),
                    aim,
                ),
                Goal(
                    "the same by server CPU time",
                    ratios(product["rate_cpu"], peer["rate_cpu"]),
                    None,
                ),
                Goal(
                    f"deliveries/s, 4 joined, against {side}",
                    ratios(product["rate4"], peer["rate"]),
                    aim,
                ),
                Goal(
                    "the same by server CPU time",
                    ratios(product["rate4_cpu"], peer["rate_cpu"]),
                    None,
                ),
                Goal(
                    f"p99 at 5 signals/s against {side}", ratios(product["p99"], peer["p99"]), None
                ),
            ]
    goals += [
        Goal("KB a connection", product["kb"], 35, at_most=True),
        Goal("deliveries lost", product["lost"], 0, at_most=True),
        Goal("share the others get beside a stalled reader", [stalls["product"]["share"]], 1.0),
    ]
    return goals


async def _measure(url: str, side: str, sockets: int, seconds: float, figures: Figures) -> None:
    into = figures[side]
    async with _server(url, side) as (server, about), _listeners() as listeners:
        before = (await server.ask("spent"))["rss_kb"]
        opened = await listeners.ask(
            "connect", port=about["port"], path=about["stream"], key=about["key"], count=sockets, stalled=0
        )  # fmt: skip
        if await server.ask("ready", sockets=sockets) < sockets:
            raise RuntimeError(f"{side} did not take all {sockets} streams")
        await listeners.ask("reset", quiet_s=0.5, log=True)
        into["kb"].append(((await server.ask("spent"))["rss_kb"] - before) / opened)
        paced = await server.ask("paced", events=PACED_EVENTS, hertz=PACED_HERTZ)
        got = await listeners.ask("wait", bytes_each=sum(paced["sizes"]), timeout_s=10)
        timing = await listeners.ask("latency", starts=paced["starts"], sizes=paced["sizes"])
        lost = sockets * PACED_EVENTS - timing["deliveries"]
        into["p50"].append(timing["p50_ms"])
        into["p99"].append(timing["p99_ms"])
        into["last"].append(timing["last_ms"])
        for name, joined in (("rate", 1), ("rate4", 4)):
            if joined > 1 and side != "product":
                continue
            await listeners.ask("reset", quiet_s=0.3, log=False)
            cpu_s = (await server.ask("spent"))["cpu_s"]
            burst = await server.ask("saturate", seconds=seconds, joined=joined)
            cpu_s = (await server.ask("spent"))["cpu_s"] - cpu_s
            got = await listeners.ask("wait", bytes_each=burst["bytes_each"], timeout_s=30)
            deliveries = burst["events"] * burst["sockets"]
            into[name].append(deliveries / (got["last_at"] - burst["began"]))
            into[f"{name}_cpu"].append(deliveries / cpu_s)
            lost += (sockets - got["complete"]) * burst["events"]
        into["lost"].append(lost)


async def _stalled(url: str, side: str) -> dict[str, float]:
    """What the others get, and when, while one reader reads nothing."""
    async with _server(url, side) as (server, about), _listeners() as listeners:
        await listeners.ask(
            "connect", port=about["port"], path=about["stream"], key=about["key"], count=STALL_SOCKETS,
            stalled=1,
        )  # fmt: skip
        await listeners.ask("reset", quiet_s=0.5, log=True)
        events = int(STALL_HERTZ * STALL_S)
        paced = await server.ask("flood", events=events, hertz=STALL_HERTZ)
        await listeners.ask("wait", bytes_each=sum(paced["sizes"]), timeout_s=2)
        timing = await listeners.ask("latency", starts=paced["starts"], sizes=paced["sizes"])
        return {
            "share": timing["deliveries"] / (STALL_SOCKETS * events),
            "p99_ms": timing["p99_ms"],
        }


@contextlib.asynccontextmanager
async def _server(url: str, side: str) -> AsyncIterator[tuple[Child, dict[str, Any]]]:
    command = {
        "product": ("benchmarks.arena_server", url),
        "naive": ("benchmarks.naive_server", url),
        "node": ("node", str(NODE / "fan_out.mjs")),
    }[side]
    core, _ = cores()
    async with child(*command, core=core) as server:
        about = await server.ask("about")
        about["key"] = about.get("keys", [""])[0]
        if side == "product":
            _payload["text"] = about["payload"]
        else:
            await server.ask("use", payload=_payload["text"], items=1)
        yield server, about


@contextlib.asynccontextmanager
async def _listeners() -> AsyncIterator[Child]:
    _, core = cores()
    async with child("benchmarks.listeners", core=core) as listeners:
        yield listeners
        await asyncio.sleep(0)


_payload = {"text": "x" * 900}  # the peers send what the product sends, as soon as it has said it


def _node_ready() -> bool:
    return node_version() is not None and (NODE / "node_modules" / "ws").is_dir()
