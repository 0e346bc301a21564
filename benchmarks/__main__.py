"""`python -m benchmarks [NAME ...]`: those named, all of them where none is."""

import argparse
import logging
import resource
import subprocess

import uvloop

from benchmarks import machine
from benchmarks.agreement import agreement
from benchmarks.fan_out import NODE, fan_out
from benchmarks.fees import fees
from benchmarks.ledger import ledger
from benchmarks.market import market
from benchmarks.metering import metering
from benchmarks.orders import orders
from benchmarks.paint import paint
from benchmarks.publish import publish
from benchmarks.pull import pull
from benchmarks.recorded import recorded
from benchmarks.replay import replay
from benchmarks.risk_check import risk_check
from benchmarks.stage import durable_database
from benchmarks.statements import statements_run
from benchmarks.sweep import sweeps

NAMES = (
    "pull",
    "fan_out",
    "publish",
    "replay",
    "paint",
    "market",
    "orders",
    "recorded",
    "risk_check",
    "sweep",
    "agreement",
    "fees",
    "metering",
    "ledger",
    "statements",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[[], *NAMES], metavar="NAME", help=", ".join(NAMES)
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="rounds of each comparison (default 5)"
    )
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="of each measurement (default 2)"
    )
    parser.add_argument(
        "--sockets", type=int, default=2000, help="streams of the fan-out (default 2000)"
    )
    args = parser.parse_args()
    _allow_sockets(args.sockets)
    logging.basicConfig(level=logging.WARNING)
    print(machine.describe(), flush=True)
    uvloop.run(_run(args.names or list(NAMES), args.rounds, args.seconds, args.sockets))


async def _run(names: list[str], rounds: int, seconds: float, sockets: int) -> None:
    if "fan_out" in names:
        _install_node_peer()
    for name in names:
        if name == "replay":
            await replay(seconds=max(10.0, 10 * seconds))
            continue
        if name == "recorded":
            await recorded(rounds=rounds)
            continue
        if name == "sweep":
            sweeps(rounds=rounds)
            continue
        if name == "agreement":
            agreement()
            continue
        if name == "orders":
            await orders(rounds=rounds, seconds=seconds)
            continue
        if name == "paint":
            await paint(rounds=rounds)
            continue
        async with durable_database() as url:
            if name == "pull":
                await pull(url, rounds=rounds, seconds=seconds)
            elif name == "fees":
                await fees(url, rounds=rounds)
            elif name == "metering":
                await metering(url, rounds=rounds, seconds=seconds)
            elif name == "publish":
                await publish(url, rounds=rounds, seconds=seconds)
            elif name == "ledger":
                await ledger(url, rounds=rounds, seconds=seconds)
            elif name == "statements":
                await statements_run(url, rounds=rounds)
            elif name == "market":
                await market(url, rounds=rounds, seconds=seconds)
            elif name == "risk_check":
                await risk_check(url, rounds=rounds, seconds=seconds)
            else:
                await fan_out(url, rounds=rounds, sockets=sockets, seconds=seconds)


def _install_node_peer() -> None:
    """Node's ws by npm, once; without npm or network the benchmark goes on without that side."""
    if machine.node_version() is None or (NODE / "node_modules" / "ws").is_dir():
        return
    try:
        subprocess.run(["npm", "ci", "--silent"], cwd=NODE, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as missing:
        print(f"cannot install Node's ws: {missing}")


def _allow_sockets(sockets: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + 500
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


if __name__ == "__main__":
    main()
