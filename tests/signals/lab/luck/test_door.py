"""The front door opens at once: what is slow to import waits until it is asked for."""

import subprocess
import sys

SLOW = ("scipy", "arch", "pandas", "numba", "optuna")


def test_the_front_door_imports_nothing_slow() -> None:
    code = f"""
import sys, arena.signals.lab.luck
print(*[name for name in {SLOW} if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
