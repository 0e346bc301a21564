"""wrk as the load generator, where the machine has it."""

import asyncio
import re
from typing import Any

from benchmarks.machine import cores

_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


async def wrk(how: dict[str, Any], seconds: float) -> dict[str, float]:
    """Runs it on the client's core, with the first key."""
    _, core = cores()
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", str(core), "wrk", "-t1", f"-c{how['connections']}", f"-d{max(1, round(seconds))}s",
        "--latency", "-H", f"Authorization: Bearer {how['keys'][0]}",
        f"http://127.0.0.1:{how['port']}{how['path']}", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out = (await process.communicate())[0].decode()
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {
        "rps": float(_found(r"Requests/sec:\s+([\d.]+)", out)[1]),
        "p50_ms": _ms(_found(r"50%\s+([\d.]+)(us|ms|s)", out)),
        "p99_ms": _ms(_found(r"99%\s+([\d.]+)(us|ms|s)", out)),
        "errors": float(refused[1]) if refused else 0.0,
    }


def _found(pattern: str, out: str) -> re.Match[str]:
    found = re.search(pattern, out)
    if found is None:
        raise RuntimeError(f"wrk said something else than expected: {out}")
    return found


def _ms(found: re.Match[str]) -> float:
    return float(found[1]) * _UNITS_MS[found[2]]
