"""What may not be called, caught or silenced, and where."""

import ast
import re
from collections.abc import Iterator

from tests.house.source import Fault, Source, everything, expect_none, product, sources

# Time, chance and environment are asked for in the kit only, so that a replay repeats to the byte.
BANNED = {
    "datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now", "date.today",
    "time.time", "time.time_ns", "time.localtime", "os.environ", "os.getenv", "uuid.uuid4", "uuid.uuid1",
    "uuid4",
}  # fmt: skip
# Candle files hold float64; these two turn them into whole counts and back, and say how.
FLOATS_END_HERE = (
    "arena.trading.performance",
    "arena.trading.market.columns",
    "arena.trading.market.sample.make",
)
BANNED_MODULES = {"random", "uuid"}
REASON = re.compile(
    r"#\s*noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*\s+(-|#) \S.{7,}|#\s*type: ignore\[[\w-]+(, ?[\w-]+)*\]\s+(-|#) \S.{7,}"
)
SILENCER = re.compile(r"#\s*(noqa|type:\s*ignore|pragma: no cover)")


def outside_the_kit() -> Iterator[Source]:
    return (source for source in product() if not source.module.startswith("arena.kit"))


def test_time_chance_and_environment_are_asked_for_in_the_kit_only() -> None:
    def faults() -> Iterator[Fault]:
        for source in outside_the_kit():
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Attribute) and ast.unparse(node) in BANNED:
                    yield source.at(node, f"{ast.unparse(node)} outside kit")
                if isinstance(node, ast.Import):
                    names = {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    names = {node.module or ""}
                    if node.module in ("os", "time"):
                        names |= {alias.name for alias in node.names} & {
                            "environ",
                            "getenv",
                            "time_ns",
                        }
                else:
                    continue
                for name in names & (BANNED_MODULES | {"environ", "getenv", "time_ns"}):
                    yield source.at(node, f"{name} outside kit")

    expect_none(faults())


def test_money_and_trading_make_no_floats() -> None:
    def faults() -> Iterator[Fault]:
        for source in product():
            if not source.module.startswith(("arena.money", "arena.trading")):
                continue
            if source.module.startswith(FLOATS_END_HERE):
                continue
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                    "float",
                    "np.float64",
                    "numpy.float64",
                ):
                    yield source.at(node, "float: amounts are whole units or Decimal here")

    expect_none(faults())


def test_everything_is_caught_at_edges_only() -> None:
    def faults() -> Iterator[Fault]:
        for source in sources("src", "sdk/src"):
            lines = source.text.splitlines()
            for node in ast.walk(source.tree):
                if not isinstance(node, ast.ExceptHandler):
                    continue
                caught = ast.unparse(node.type) if node.type else "everything"
                wide = re.search(r"\b(Exception|BaseException|everything)\b", caught)
                goes_on = any(isinstance(n, ast.Raise) and n.exc is None for n in ast.walk(node))
                if wide and not goes_on and "edge" not in lines[node.lineno - 1]:
                    yield source.at(node, f"catches {caught} and does not say which edge this is")

    expect_none(faults())


def test_whoever_silences_a_check_says_why() -> None:
    expect_none(
        source.at(number, "silenced without a reason beside it")
        for source in everything()
        if source.path.name != "test_calls.py"
        for number, line in enumerate(source.text.splitlines(), 1)
        if SILENCER.search(line) and not REASON.search(line)
    )


def test_only_the_kit_commits() -> None:
    expect_none(
        source.at(node, "only kit/db.py opens and commits transactions")
        for source in outside_the_kit()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.match(r"\s*(commit|rollback|begin|savepoint)\b\s*(;|$|\w+$)", node.value)
    )
