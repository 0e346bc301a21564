"""The reference page on luck runs as it stands and tells of every statistic."""

import re
from pathlib import Path

from arena.signals.lab import luck

PAGE = (Path(__file__).parents[4] / "docs" / "reference" / "luck.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_blocks_run_one_after_the_other() -> None:
    assert len(BLOCKS) == 11
    assert PAGE.count("```") == 2 * len(BLOCKS)
    names: dict[str, object] = {}
    for number, block in enumerate(BLOCKS):
        exec(compile(block, f"luck.md, block {number}", "exec"), names)  # noqa: S102  # our own page


def test_the_page_names_every_function() -> None:
    functions = [name for name in luck.__all__ if name[0].islower()]
    beside = {
        "expected_maximum",
        "maximum_quantile",
        "adjusted_p_values",
        "chance_among",
    }  # parts of those it names
    assert [name for name in functions if name not in PAGE and name not in beside] == []
