"""The process beside the worker in which feeds' strategies are held: each hosted behind walls of its own.

Line by line it reads a question and writes an answer, both JSON: {"load": …} loads a strategy and says from which bar
on it wants to see bars; {"take": {id: rows}} shows bars to several at once, each in its own time; {"end": id}.
"""

import json
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from decimal import Decimal
from typing import Any

from arena.kit.clock import monotonic_s
from arena.kit.errors import ArenaError
from arena.signals.lab.at_work import AtWork
from arena.signals.lab.documents import Policy, policy_of
from arena.signals.lab.governed import Governed
from arena.signals.lab.own import Host, Hosted, Limits, Source
from arena.signals.lab.strategy import Strategy, Target, complete
from arena.signals.strategists.line_up import STRATEGISTS
from arena.trading.market import Instrument

AT_ONCE_MAX = 16
TAKE_S = 2.0
ROW_S = 0.002  # what a bar of the past may take on the average
BAR_S = 0.5
CPU_S = 24 * 3600
FOR_EVER_S = 1e9


class _Feed:
    """A strategy under its policy, and the bars it has seen."""

    def __init__(self, host: Host, load: Mapping[str, Any]) -> None:
        limits = Limits(
            load_s=3.0, bar_s=BAR_S, run_s=FOR_EVER_S, cpu_s=CPU_S, memory_mb=load["memory_mb"]
        )
        source = Source(load["text"], load["class_name"], load["file_name"])
        self.hosted = Hosted(source, host, limits, taken=STRATEGISTS)
        try:
            strategy: Strategy = self.hosted
            parameters = complete(strategy, load["parameters"])
            if load["policy"].get("version") == "2":
                policy = policy_of(load["policy"])
                if policy != Policy(rules=policy.rules):
                    strategy = Governed(strategy, policy)
            self.model = AtWork(
                strategy, parameters, _instrument(load["instrument"]), interval_s=load["interval_s"],
                begins_ms=load["begins_ms"],
            )  # fmt: skip
            self.next_ms = self.model.next_ms
        except BaseException:
            self.hosted.close()
            raise

    def take(self, rows: list[list[float]]) -> dict[str, Any]:
        begun = monotonic_s()
        self.model.take([(int(row[0]), *row[1:]) for row in rows])  # type: ignore[misc]  # six numbers each
        return {
            "wanted": _told(self.model.wanted),
            "busy_ms": round((monotonic_s() - begun) * 1000),
            "memory_kb": self.hosted.memory_kb(),
        }


class _Feeds:
    def __init__(self, host: Host) -> None:
        self._host = host
        self._feeds: dict[str, _Feed] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE_MAX)

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if "load" in question:
            return self._load(question["load"])
        if "take" in question:
            asked = {
                one: (self._threads.submit(self._feeds[one].take, rows), len(rows))
                for one, rows in question["take"].items()
            }
            return {one: self._taken(one, future, count) for one, (future, count) in asked.items()}
        self._drop(question["end"])
        return {}

    def _load(self, load: Mapping[str, Any]) -> dict[str, Any]:
        self._drop(load["id"])
        try:
            feed = self._feeds[load["id"]] = _Feed(self._host, load)
        except ArenaError as refused:
            return {"failed": str(refused)}
        return {"next_ms": feed.next_ms}

    def _taken(self, one: str, future: Any, count: int) -> dict[str, Any]:
        """What it wants now; where it failed it is gone, and is begun anew with all bars."""
        limit_s = TAKE_S + ROW_S * count
        try:
            answer: dict[str, Any] = future.result(limit_s)
            return answer
        except TookTooLong:
            words = f"It took longer than {limit_s:g} s for {count:,} bars."
        except ArenaError as refused:
            words = str(refused)
        except Exception as broken:  # noqa: BLE001 - the edge: others must be asked whatever breaks here
            words = f"{type(broken).__name__}: {broken}"[:1_000]
        self._drop(one)
        return {"failed": words}

    def _drop(self, one: str) -> None:
        gone = self._feeds.pop(one, None)
        if gone is not None:
            gone.hosted.close()


def _told(target: Target | None) -> dict[str, Any] | None:
    if target is None:
        return None
    return {
        "weight": str(target.weight), "confidence": str(target.confidence), "rationale": target.rationale,
        "limit_price": target.limit_price, "stop_price": target.stop_price,
        "take_profit_price": target.take_profit_price, "valid_bars": target.valid_bars,
    }  # fmt: skip


def _instrument(told: Mapping[str, Any]) -> Instrument:
    tick, step, notional_min = (Decimal(told[name]) for name in ("tick", "step", "notional_min"))
    return Instrument(told["symbol"], told["base"], told["quote"], tick, step, notional_min)


def main() -> None:
    with Host() as host:
        feeds = _Feeds(host)
        for line in sys.stdin.buffer:
            json.dump(feeds.answer(json.loads(line)), sys.stdout)
            sys.stdout.write("\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
