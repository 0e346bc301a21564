"""A running arena stays light: what only the Lab needs is imported where it is used."""

import subprocess
import sys

HEAVY = ("numba", "scipy", "arch", "pandas", "optuna", "anthropic", "typst", "distributed", "talib",
         "stripe")  # fmt: skip
PROGRAM = f"""
import sys
import arena.app, arena.worker, arena.cli.main
print(*sorted(name for name in {HEAVY!r} if name in sys.modules))
"""


def test_neither_the_app_nor_the_worker_loads_what_the_lab_computes_with() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
