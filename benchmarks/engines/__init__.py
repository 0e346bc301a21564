"""Scripts that run other engines in a Python of their own, which has them; ours never imports them."""

import os
from pathlib import Path

HERE = Path(__file__).parent
ABSENT = "no Python has the other engines: run `make engines`, or name one in ARENA_ENGINES_PYTHON"


def engines_python() -> str | None:
    """The Python that has them: the one `ARENA_ENGINES_PYTHON` names, else that of `make engines` where it was made."""
    made = HERE.parents[1] / ".venv-engines" / "bin" / "python"
    return os.environ.get("ARENA_ENGINES_PYTHON") or (str(made) if made.is_file() else None)
