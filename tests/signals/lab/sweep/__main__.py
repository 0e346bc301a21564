"""`python -m tests.signals.lab.sweep FOLDER WORKERS [CLUSTER]`: a sweep slow enough to be killed in its middle."""

import sys
from pathlib import Path

from arena.signals.lab.sweep import Space, Study, sweep
from tests.signals.lab.stage import wandering
from tests.signals.lab.sweep.rules import AtOnce

COUNT = 64


def study() -> Study:
    rule = AtOnce()
    return Study(
        rule, wandering(5, 800), Space.of(rule, {"bars": (2, COUNT + 1, 1), "pause_ms": [40]})
    )


if __name__ == "__main__":
    sweep(study(), Path(sys.argv[1]), workers=int(sys.argv[2]))
