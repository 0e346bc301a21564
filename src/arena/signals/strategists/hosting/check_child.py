"""The process that checks one strategy: nothing of it runs here, each run of it is hosted.

Reads {"code": …} from its input; without code it only tries whether a process can be hosted on this machine.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from arena.signals.lab import bars_of
from arena.signals.lab.own import (
    CannotHost,
    Host,
    Limits,
    Source,
    run_checks,
    try_hosting,
)
from arena.signals.strategists.apart import take_little
from arena.signals.strategists.line_up import STRATEGISTS
from arena.trading.market.sample import sample

LIMITS = Limits(load_s=3.0, bar_s=1.0, plan_s=5.0, run_s=120.0, cpu_s=120, memory_mb=256)
MEMORY_MB_MAX = 4096


def looked_at(code: Mapping[str, Any]) -> list[tuple[str, bool | None, str]]:
    """The lines of the checks, on the prices that ship with the product."""
    source = Source(code["text"], code["class_name"], code["file_name"])
    found = run_checks(
        source, {}, bars_of(sample()), taken=STRATEGISTS, limits=LIMITS, here=False, seed=code["seed"]
    )  # fmt: skip
    return [(one.name, one.passed, one.words) for one in found]


def main() -> None:
    asked = json.loads(sys.stdin.buffer.read())
    lines: list[tuple[str, bool | None, str]] = []
    why = None
    if asked["code"] is not None:
        take_little(asked["seconds_max"], MEMORY_MB_MAX)
    try:
        with Host() as host:
            try_hosting(host)
    except CannotHost as none:
        why = str(none.facts.get("why", none))
    if why is None and asked["code"] is not None:
        lines = looked_at(asked["code"])
    json.dump({"cannot_host": why, "lines": lines}, sys.stdout)


if __name__ == "__main__":
    main()
