"""What takes too long or grows too large is ended, and whoever runs beside it is unhurt."""

import threading

import pytest

from arena.kit.errors import ArenaError
from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import Run
from arena.signals.lab.own import (
    Host,
    Limits,
    Source,
    StrategyTooLarge,
    StrategyTooSlow,
)
from tests.signals.lab.own.stage import (
    OS,
    honest,
    hosted,
    written,
)

pytestmark = pytest.mark.slow

QUICK = Limits(load_s=1.0, bar_s=0.4, plan_s=1.0, run_s=20.0, cpu_s=20)


SLOW = {
    "at a bar": written("while True: pass"),
    "through every error": written("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
    "in one long computation": written("return sum(range(10**12))"),
    "while it is loaded": written(head="while True: pass\n"),
    "naming indicators": Source(written().text.replace("return {", "while True: pass\n        return {"), "Own"),
}  # fmt: skip


@pytest.mark.parametrize("where", sorted(SLOW))
def test_what_never_ends_is_ended(host: Host, bars: Bars, where: str) -> None:
    with pytest.raises(StrategyTooSlow, match="it took longer than"):
        hosted(SLOW[where], bars, host, QUICK)


def test_time_of_the_processor_is_limited_too(host: Host, bars: Bars) -> None:
    limits = Limits(bar_s=30.0, cpu_s=1)
    with pytest.raises(StrategyTooSlow, match="1 s of the processor"):
        hosted(written("while True: pass"), bars, host, limits)


def test_a_run_as_a_whole_may_not_take_longer_than_it_may(host: Host, bars: Bars) -> None:
    dawdling = written("for _ in range(300_000): pass")
    with pytest.raises(StrategyTooSlow, match=r"longer than 0\.2 s for the run"):
        hosted(dawdling, bars, host, Limits(run_s=0.2))


LARGE = {
    "a list that grows": "kept = []\nwhile True: kept.append([0] * 100_000)",
    "one array": "return np.ones(10**10)",
    "bytes by doubling": "data = b'x' * 1000\nwhile True: data += data",
    "kept from bar to bar": "self.kept = getattr(self, 'kept', [])\nself.kept.append(bytearray(20_000_000))",
}


@pytest.mark.parametrize("way", sorted(LARGE))
def test_what_grows_without_end_is_ended(host: Host, bars: Bars, way: str) -> None:
    with pytest.raises(StrategyTooLarge, match="more than 256 MB"):
        hosted(written(LARGE[way]), bars, host, Limits(bar_s=20.0, memory_mb=256))


@pytest.mark.parametrize(
    "deed",
    [
        "while True: pass",
        "open('/etc/passwd')",
        LARGE["one array"],
        "return 1 / 0",
        OS + "os._exit(5)",
    ],
)
def test_one_that_is_ended_hurts_no_other(host: Host, bars: Bars, deed: str) -> None:
    """Another strategy runs beside it, on the same host, all the while."""
    good: list[Run] = []
    beside = threading.Thread(
        target=lambda: good.extend(hosted(honest(), bars, host, Limits()) for _ in range(3))
    )
    beside.start()
    with pytest.raises(ArenaError):
        hosted(written(deed), bars, host)
    beside.join()
    expected = hosted(honest(), bars, host)
    assert [run.trades for run in good] == [expected.trades] * 3
