"""The recipes of the guide run as they stand, and its configurations are what the SDK prints."""

import asyncio
import json
import re
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from sigma_sdk import ExchangeKey, exchange_config
from tests.trading.venues.dialect_ws.conftest import Stage

GUIDE = (Path(__file__).parents[4] / "docs" / "guide" / "bring-your-bot.md").read_text()
RECIPES = re.findall(r"```py\n(.*?)```", GUIDE, re.DOTALL)
CONFIGS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]


@pytest.mark.parametrize("client", ["freqtrade", "hummingbot", "nautilus", "octobot", "lean"])
def test_a_configuration_is_what_the_sdk_prints(client: str) -> None:
    key = ExchangeKey("YOUR_KEY", "YOUR_SECRET")
    assert dict(exchange_config(client, "https://arena.example", key)) in CONFIGS


def test_every_block_is_looked_at() -> None:
    assert len(RECIPES) == 6
    assert len(CONFIGS) == 6
    assert GUIDE.count("```") == 2 * 12


@pytest.mark.venues
async def test_the_recipes_run_one_after_the_other(stage: Stage, tmp_path: Path) -> None:
    """In one folder, as a reader would: the first one makes the keys that the others use."""
    moving = asyncio.create_task(_move(stage))
    try:
        for number, recipe in enumerate(RECIPES):
            file = tmp_path / f"recipe_{number}.py"
            file.write_text(recipe.replace("http://127.0.0.1:8000", stage.http))
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-W", "ignore", file.name, cwd=tmp_path,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            async with asyncio.timeout(60):
                said, _ = await process.communicate()
            assert process.returncode == 0, f"{recipe}\n{said.decode()}"
    finally:
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving


async def _move(stage: Stage) -> None:
    while True:
        stage.hand.quiet()
        await asyncio.sleep(0.2)
