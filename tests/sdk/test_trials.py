"""Trials registered by both clients: signed, in as many calls as it takes, counted by everybody."""

from typing import Any

import pytest

from sigma_sdk import ArenaProblem, AsyncClient, Client, Collective, SigningKey
from tests.sdk.conftest import Bazaar

SHARED = {
    "pack": {"source": "sample", "symbols": ["BTC-USD"], "interval_s": 900},
    "indicator_set": {"version": "2", "indicators": []},
    "policy": {"target": "All in or flat.", "publishes": "When the target changes."},
}
FIGURES = {"net_return": 0.1, "sharpe": None, "max_drawdown": 0.2, "trades": 3, "periods": 90}


def grid(count: int, name: str) -> list[dict[str, Any]]:
    return [
        {"model_config": {"model": name, "parameters": {"bars": bars}, "note": "x" * 300}}
        for bars in range(count)
    ]


async def test_a_grid_larger_than_a_call_is_registered_whole(bazaar: Bazaar) -> None:
    key = SigningKey.generate()

    def run(client: Client) -> None:
        client.register(key, name="Grid Hands")
        client.credentials = Collective(key)
        shas = client.register_trials(
            grid(1200, "wide"), engine_version="lab-1", shared=SHARED, kind="sweep_member"
        )
        assert len(set(shas)) == 1200
        figures = client.report_trial(shas[7], FIGURES)
        assert figures["vouched"] == "self_reported"
        family = figures["family"]
        counted = client.trial_family(family)
        assert (counted["model"], counted["trials"], counted["reproduced"]) == ("wide", 1200, 0)
        listed = list(client.trials(family, limit=500))
        assert [one["sha"] for one in listed] == shas
        assert len({one["registration"] for one in listed}) > 1
        document = client.document(listed[3]["lineage"]["model_config_sha"])
        assert document["body"]["parameters"] == {"bars": 3}

    await bazaar.sync(run)


async def test_the_async_client_does_the_same(bazaar: Bazaar) -> None:
    key = SigningKey.generate()
    async with AsyncClient(bazaar.origin, Collective(key)) as client:
        async with AsyncClient(bazaar.origin) as nobody:
            await nobody.register(key, name="Async Grid Hands")
        first = await client.register_trials(grid(3, "a"), engine_version="lab-1", shared=SHARED)
        again = await client.register_trials(grid(2, "a"), engine_version="lab-1", shared=SHARED)
        assert again == first[:2]
        reported = await client.report_trial(first[0], FIGURES)
        assert [one["sha"] async for one in client.trials(reported["family"], limit=2)] == first
        with pytest.raises(ArenaProblem) as caught:
            await client.report_trial(first[0], {**FIGURES, "trades": 4})
        assert caught.value.code == "result_kept"
