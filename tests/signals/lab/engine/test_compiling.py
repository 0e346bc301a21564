"""What was compiled is kept while nothing of the engine has changed, and not a moment longer."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = "def tool(value):\n    return value * {factor}\n"
SMALL = """
from arena.signals.lab.engine import compiling
from tools import tool

tool = compiling.compiled()(tool)


@compiling.compiled()
def doubled(value):
    return tool(value)
"""


@pytest.mark.slow
def test_a_change_in_another_file_of_the_engine_is_not_missed(tmp_path: Path) -> None:
    """A copy of the engine beside a function that calls one of another file."""
    import arena.signals.lab.engine as engine

    package = tmp_path / "copied"
    shutil.copytree(
        Path(engine.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    compiling = (package / "compiling.py").read_text()
    (tmp_path / "compiling_copy.py").write_text(
        compiling.replace("Path(__file__).parent", f"Path({str(package)!r})")
    )
    (tmp_path / "small.py").write_text(
        SMALL.replace(
            "from arena.signals.lab.engine import compiling", "import compiling_copy as compiling"
        )
    )
    (tmp_path / "tools.py").write_text(TOOLS.format(factor=2))
    assert run(tmp_path) == "6 0"
    assert run(tmp_path) == "6 1"
    (tmp_path / "tools.py").write_text(TOOLS.format(factor=5))
    (package / "book.py").write_text((package / "book.py").read_text() + "# changed\n")
    assert run(tmp_path) == "15 0"


def run(folder: Path) -> str:
    program = "from small import doubled\nprint(doubled(3), sum(doubled.stats.cache_hits.values()))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
