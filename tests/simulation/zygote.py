"""Processes to be killed: this one has everything loaded and forks one for each doing that is sent to it.

The one that was forked opens a database connection of its own and does what it was told; where its fate says so it gets
SIGKILL at that very point. What it did is told on the first line it writes, or that it was killed.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, cast

from arena.kit.clock import from_iso
from tests.simulation import chance
from tests.simulation.crash import Fate
from tests.simulation.doing import Outcome, do
from tests.simulation.handle import PaidBy, open_handle
from tests.simulation.quiet import be_quiet


async def _lived(order: dict[str, Any], argv: list[str]) -> Outcome:
    url, home, stripe_url = argv[0], Path(argv[1]), argv[2]
    paid_by, now = cast(PaidBy, argv[3]), from_iso(order["now"])
    async with open_handle(url, home, stripe_url=stripe_url, now=now, paid_by=paid_by) as arena:
        chance.give_ids(order["seed"], *order["step"])
        arena.doomed(Fate("killed", order["place"], order["number"]))
        return await do(arena, order["name"], order["words"])


def main() -> None:
    be_quiet()
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever is printed on the way is no answer
    import stripe  # noqa: F401 - so that those who are forked need not load it

    told.write("ready\n")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            outcome = asyncio.run(_lived(json.loads(line), sys.argv[1:]))
            told.write(json.dumps([outcome.kind, outcome.word]) + "\n")
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            told.write(json.dumps(["died", "killed"]) + "\n")
        elif status:
            told.write(json.dumps(["broken", f"status {status}"]) + "\n")


if __name__ == "__main__":
    main()
