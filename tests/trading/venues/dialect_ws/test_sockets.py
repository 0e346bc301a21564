"""Sockets as any client finds them: paths, envelopes, subscriptions, limits, and the end."""

import pytest

from tests.trading.venues.dialect_ws.conftest import Stage, hear, say

pytestmark = pytest.mark.venues


async def test_a_stream_in_the_path_is_heard_at_once_and_bare(stage: Stage) -> None:
    async with stage.socket("/ws/btcusdt@trade") as socket:
        await say(socket, method="LIST_SUBSCRIPTIONS", id=3)
        assert await hear(socket) == {"result": ["btcusdt@trade"], "id": 3}
        stage.hand.trade("BTCUSDT", 50_000, "0.5", side="sell")
        said = await hear(socket)
        assert (said["e"], said["s"], said["p"], said["q"], said["m"]) == (
            "trade", "BTCUSDT", "50000.00000000", "0.50000000", True,
        )  # fmt: skip
