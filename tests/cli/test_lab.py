"""`arena lab`: from an empty folder to a card, and the card computed again; what is wrong is said in one line."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from arena.cli.main import app
from arena.signals.lab.card import BadCard, BadStudy
from arena.signals.lab.own import LooksAhead
from arena.trading.market import NoPrices
from tests.signals.lab.stage import wandering

OWN = '''
"""Buys what has fallen for some bars, and waits for a rise."""

from decimal import Decimal
from arena.signals.lab.indicators import Indicator
from arena.signals.lab.strategy import Range, Target


class Patience:
    name = "patience"
    about = "Buys after a fall, sells after a rise."
    ranges = {"bars": Range(12, 2, 500)}

    def indicators(self, parameters):
        return {"change": Indicator("past_return", {"bars": parameters["bars"]})}

    def on_bar(self, view, parameters, weight):
        change = view["change"][-1]
        if weight == 0 and change < -0.01:
            return Target(Decimal(1), Decimal("0.5"), f"It fell by {change:.2%}.")
        if weight > 0 and change > 0.01:
            return Target(Decimal(0), Decimal("0.5"), f"It rose by {change:.2%}.")
        return None
'''


@pytest.fixture(scope="module")
def candles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bars = wandering(4, 24 * 120, swing=0.004, gaps=0.01)
    file = tmp_path_factory.mktemp("candles") / "BTCUSDT-1h.parquet"
    columns = {
        name: getattr(bars, f"{name}s") for name in ("open", "high", "low", "close", "volume")
    }
    pl.DataFrame({"ts": bars.open_ms, **columns}).write_parquet(file)
    return file


def run(*words: object) -> str:
    done = CliRunner().invoke(app, ["lab", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def begin(folder: Path, candles: Path, **changes: object) -> Path:
    """A study that takes a second."""
    run("new", folder)
    study = json.loads((folder / "study.json").read_text())
    study["data"]["path"] = str(candles)
    study["space"] = {"fast_bars": [3, 6], "slow_bars": [12, 24]}
    study["walk"] = {"train_days": 30, "test_days": 15}
    (folder / "study.json").write_text(json.dumps({**study, **changes}))
    return folder / "study.json"


def test_from_an_empty_folder_to_a_card_that_is_reproduced(tmp_path: Path, candles: Path) -> None:
    study = begin(tmp_path / "mine", candles)
    told = run("card", study)
    assert "4 trials" in told
    assert (study.parent / "card.pdf").read_bytes().startswith(b"%PDF")
    card = study.parent / "card.json"
    assert json.loads(card.read_text())["figures"]["luck"]["trials"] == 4
    assert "reproduced every figure, bit for bit" in run("reproduce", card)
    assert "reproduced every figure" in run("reproduce", card, "--data", candles.parent)
    assert (study.parent / "card.pdf").read_bytes() == _again(study)


def _again(study: Path) -> bytes:
    run("card", study, "--out", study.parent / "again")
    return (study.parent / "again/card.pdf").read_bytes()


def test_a_forged_card_is_not_reproduced(tmp_path: Path, candles: Path) -> None:
    study = begin(tmp_path / "mine", candles)
    run("card", study)
    path = study.parent / "card.json"
    card = json.loads(path.read_text())
    card["figures"]["walk_forward"]["net"]["total_return"] = 9.9
    path.write_text(json.dumps(card))
    done = CliRunner().invoke(app, ["lab", "reproduce", str(path)])
    assert done.exit_code == 1
    assert "/figures/walk_forward/net/total_return: 9.9 was" in done.output
    assert "1 differences" in done.output


def test_a_strategy_of_ones_own_gets_a_card_too(tmp_path: Path, candles: Path) -> None:
    study = begin(
        tmp_path / "own", candles, model="patience.py:Patience", space={"bars": [8, 16]}, less=[]
    )
    (study.parent / "patience.py").write_text(OWN)
    assert "2 trials" in run("card", study)
    assert "reproduced every figure" in run("reproduce", study.parent / "card.json")
    (study.parent / "patience.py").write_text(OWN.replace("-0.01", "-0.02"))
    done = CliRunner().invoke(app, ["lab", "reproduce", str(study.parent / "card.json")])
    assert done.exit_code == 1
    assert "/documents/model_config/code_version" in done.output


def test_a_strategy_that_looks_ahead_gets_no_card(tmp_path: Path, candles: Path) -> None:
    study = begin(tmp_path / "own", candles, model="peeks.py:Peeks", space={"bars": [8]}, less=[])
    peeking = OWN.replace(
        "class Patience",
        "import numpy as np\nfrom arena.signals.lab.strategy import Plan\n\n\nclass Peeks",
    )
    peeking += """
    def plan(self, table, parameters):
        rises = np.concatenate((np.diff(table.closes), [0.0])) > 0
        return Plan(np.where(rises, 1.0, np.nan), np.where(rises, np.nan, 0.0))
"""
    (study.parent / "peeks.py").write_text(peeking)
    done = CliRunner().invoke(app, ["lab", "card", str(study)])
    assert isinstance(done.exception, LooksAhead)
    assert not (study.parent / "card.json").exists()


def test_what_is_wrong_is_said_before_anything_runs(tmp_path: Path, candles: Path) -> None:
    study = begin(tmp_path / "mine", candles)
    again = CliRunner().invoke(app, ["lab", "new", str(study.parent)])
    assert "is not empty" in str(again.exception)
    absent = CliRunner().invoke(app, ["lab", "card", str(tmp_path / "none.json")])
    assert "there is no file" in str(absent.exception)
    study.write_text("{}")
    assert isinstance(CliRunner().invoke(app, ["lab", "card", str(study)]).exception, BadStudy)
    card = CliRunner().invoke(app, ["lab", "reproduce", str(study)])
    assert isinstance(card.exception, BadCard)
    elsewhere = begin(tmp_path / "other", tmp_path / "nowhere")
    assert isinstance(CliRunner().invoke(app, ["lab", "card", str(elsewhere)]).exception, NoPrices)
