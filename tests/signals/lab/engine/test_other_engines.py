"""Engines of others come to the same: vectorbt keeps the Lab's account, backtesting.py decides and fills by itself."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import agreement as beside
from benchmarks.engines import ABSENT, engines_python
from benchmarks.sweep import FILE

from arena.signals.lab.bars import Bars
from arena.signals.lab.candles import load_bars
from arena.signals.lab.engine import Run
from arena.signals.strategists import STRATEGISTS
from arena.trading.venues import Rules

ROOT = Path(__file__).parents[4]
RULES = {"default": Rules(), "free": beside.FREE, "charged": beside.CHARGED}


@pytest.fixture(scope="module")
def python() -> str:
    found = engines_python()
    if found is None:
        pytest.skip(ABSENT)
    return found


@pytest.fixture(scope="module")
def bars(shared_data: Path) -> Bars:
    if not (shared_data / FILE).is_file():
        pytest.skip(f"no {FILE} among the large candle packs")
    return load_bars(shared_data / FILE, "BTCUSDT", "1h")


@pytest.fixture(scope="module")
def ours(bars: Bars) -> Callable[[str, str], Run]:
    return lambda name, rules: beside.back_test(name, bars, RULES[rules])


@pytest.fixture(scope="module")
def theirs(
    bars: Bars, python: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, beside.Theirs]:
    """Of each built-in by backtesting.py, set alike."""
    hows = {name: (name, beside.How()) for name in STRATEGISTS}
    return beside.decisions(bars, hows, tmp_path_factory.mktemp("engines"), python)


def test_nothing_but_their_own_scripts_imports_them() -> None:
    importing = re.compile(r"^\s*(?:import|from)\s+(?:vectorbt|backtesting)\b", re.MULTILINE)
    found = {
        path.parent.relative_to(ROOT).as_posix()
        for folder in ("src", "sdk", "migrations", "benchmarks", "tests", "docs")
        for path in (ROOT / folder).rglob("*.py")
        if importing.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"benchmarks/engines"}


@pytest.mark.slow
def test_vectorbt_keeps_the_same_account_of_every_built_in(
    bars: Bars, python: str, ours: Callable[[str, str], Run], tmp_path: Path
) -> None:
    runs = {name: ours(name, "default") for name in STRATEGISTS}
    found = beside.accounts(runs, tmp_path, python)
    for name, run in runs.items():
        figures = found[name].figures
        assert beside.apart(run, found[name]).worst < 1e-6, name
        assert figures["fills"] == len(run.trades), name
        assert figures["fees"] == pytest.approx(run.fees, rel=1e-9), name
        assert figures["total_return"] == pytest.approx(run.total_return, rel=1e-6), name
        assert figures["max_drawdown"] == pytest.approx(run.max_drawdown, rel=1e-6), name


@pytest.mark.slow
def test_backtesting_py_comes_to_the_same_fills_and_equity_of_every_built_in(
    bars: Bars, ours: Callable[[str, str], Run], theirs: dict[str, beside.Theirs]
) -> None:
    for name in STRATEGISTS:
        off = beside.apart(ours(name, "free"), theirs[name])
        assert off.worst < 1e-6, name
        # An hour in which nobody traded fills nothing here; there it fills at its open, which is the next one's.
        assert off.alone <= 1, name
        assert theirs[name].figures["canceled"] == 0, name


@pytest.mark.slow
def test_half_a_spread_of_one_basis_point_would_be_seen(
    bars: Bars, theirs: dict[str, beside.Theirs]
) -> None:
    dearer = replace(beside.FREE, half_spread_bps=1)
    for name in STRATEGISTS:
        assert beside.apart(beside.back_test(name, bars, dearer), theirs[name]).worst > 1e-5, name


@pytest.mark.slow
def test_a_fee_in_cash_is_worth_what_the_text_says(
    bars: Bars, python: str, ours: Callable[[str, str], Run], tmp_path: Path
) -> None:
    hows = {name: (name, beside.How(fee=0.001)) for name in STRATEGISTS}
    found = beside.decisions(bars, hows, tmp_path, python)
    for name in STRATEGISTS:
        run = ours(name, "charged")
        expected = beside.fee_in_base(run)
        assert abs(expected) > 4e-4, name
        assert beside.apart(run, found[name]).last == pytest.approx(expected, abs=1e-4), name
