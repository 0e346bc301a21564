"""`arena lab check` tells of a strategy of one's own what is sound and what is not."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from arena.cli.lab import app
from arena.signals.lab.own import read_source
from tests.signals.lab.own.stage import CROSS, CROSS_PLAN, honest, written

runner = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.py"
    path.write_text(honest().text)
    return path


def test_a_sound_strategy_passes(file: Path) -> None:
    answer = runner.invoke(app, ["check", f"{file}:Own", "--set", "bars=7"])
    assert answer.exit_code == 0, answer.output
    assert read_source(f"{file}:Own").code_sha in answer.output
    assert answer.output.count("passed ") == 7
    assert "parameters  bars 7" in answer.output


def test_one_that_peeks_fails_with_the_bar(file: Path) -> None:
    peeks = CROSS_PLAN.replace("return", "fast = np.append(fast[1:], np.nan)\n    return", 1)
    file.write_text(written(CROSS, plan=peeks).text)
    answer = runner.invoke(app, ["check", f"{file}:Own"])
    assert answer.exit_code == 1
    assert "failed   look-ahead  own looks ahead: what `plan` decided at bar" in answer.output


def test_a_file_that_does_not_load_fails_with_its_line(file: Path) -> None:
    file.write_text("x = (\n")
    answer = runner.invoke(app, ["check", f"{file}:Own"])
    assert answer.exit_code == 1
    assert "failed   loads" in answer.output
    assert "line 1: " in answer.output


def test_what_is_no_parameter_is_said(file: Path) -> None:
    answer = runner.invoke(app, ["check", f"{file}:Own", "--set", "bars"])
    assert answer.exit_code == 1
    assert "NAME=VALUE" in str(answer.exception)
