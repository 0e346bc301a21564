"""The examples run as they are, and so do the blocks of Python in README, guides and the page on lineage."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from tests.sdk.conftest import Bazaar

SDK = Path(__file__).parents[2] / "sdk"
DOCS = SDK.parent / "docs"
PAGES = (
    SDK / "README.md",
    *sorted((DOCS / "guide").glob("*.md")),
    DOCS / "reference" / "lineage.md",
)
BLOCKS = [
    block
    for page in PAGES
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
]


async def run(origin: str, home: Path, *words: str) -> str:
    env = {**os.environ, "SIGMA_URL": origin, "SIGMA_HOME": str(home), "COUNT": "3"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=env, cwd=home,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["publish_a_feed.py"], "signal 3 is entry"),
        (["publish_a_feed.py", "--async"], "signal 3 is entry"),
        (["watch_signals.py"], "#3 "),
        (["watch_signals.py", "--async"], "#3 "),
        (["verify_everything.py"], "marks hold"),
    ],
)
async def test_an_example_runs(
    bazaar: Bazaar, tmp_path: Path, words: list[str], expected: str
) -> None:
    script = str(SDK / "examples" / words[0])
    assert expected in await run(bazaar.origin, tmp_path, script, *words[1:])


@pytest.mark.parametrize("number", range(len(BLOCKS)))
async def test_a_block_of_the_docs_runs(bazaar: Bazaar, tmp_path: Path, number: int) -> None:
    """Addresses apart: the reader's arena is at 127.0.0.1:8000, ours where there was room."""
    block = BLOCKS[number].replace("http://127.0.0.1:8000", bazaar.origin)
    path = tmp_path / "block.py"
    path.write_text(block)
    await run(bazaar.origin, tmp_path, str(path))
