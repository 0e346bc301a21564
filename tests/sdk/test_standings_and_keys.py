"""Standings and keys through the SDK and the command: rotated with overlap, proven for a recovery, compared."""

import json
from pathlib import Path

import pytest

from arena.people.access import KeyProof, recover_keys
from sigma_sdk import Client, Collective, SigningKey
from sigma_sdk.problem import ArenaProblem
from tests.pages.reader import Reader
from tests.sdk.conftest import Bazaar
from tests.sdk.test_command import Newcomer


async def registered(bazaar: Bazaar, key: SigningKey, name: str) -> str:
    made = await bazaar.sync(lambda client: client.register(key, name=name))
    return str(made["id"])


async def test_the_board_is_walked_filtered_and_two_of_it_compared(bazaar: Bazaar) -> None:
    def run(client: Client) -> None:
        lines = list(client.leaderboard(limit=2))
        assert len(lines) >= 3
        assert list(client.leaderboard(venue="live")) == []
        assert {line["daily_returns"] <= 30 for line in client.leaderboard(days=30)} == {True}
        first, second = lines[0]["account_id"], lines[1]["account_id"]
        pair = client.compare(first, second)
        assert pair["first"]["account"]["account_id"] == first
        assert pair["days"] <= 12
        assert pair["leads"] is None, "twelve days decide nothing"
        assert client.compare(first, second, days=30)["days"] == pair["days"]
        assert list(client.seasons()) == []
        collective_id = client.feed(bazaar.feed_id)["collective_id"]
        accounts = list(client.accounts_of(collective_id))
        assert bazaar.feed_id in {account["feed_id"] for account in accounts}
        assert all(account["record"] is not None for account in accounts)
        with pytest.raises(ArenaProblem) as refused:
            client.season("sea_" + "0" * 26)
        assert refused.value.code == "no_such_season"

    await bazaar.sync(run)


async def test_a_key_is_rotated_by_command(bazaar: Bazaar, tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path / "sigma", bazaar.origin)
    old, new = tmp_path / "old.key", tmp_path / "new.key"
    for path in (old, new):
        assert (await newcomer.types("keygen", str(path))).code == 0
    signing, fresh = SigningKey.load(old), SigningKey.load(new)
    await registered(bazaar, signing, "Rotating Hands")
    said = await newcomer.types("rotate-key", str(old), str(new), "--overlap", "24h")
    assert said.code == 0, said.err
    assert fresh.key_id in said.out

    def who(key: SigningKey) -> str:
        with Client(bazaar.origin, Collective(key)) as client:
            return str(client.me()["key_id"])

    for key in (signing, fresh):
        assert await bazaar.sync(lambda _client, key=key: who(key)) == key.key_id  # type: ignore[misc]  # bound at once
    now = await newcomer.types("rotate-key", str(new), str(old), "--overlap", "0")
    assert "key_already_registered" in now.err.lower() or "registered already" in now.err
    for wrong in ("tomorrow", "-1h", "1w"):
        refused = await newcomer.types("rotate-key", str(old), str(new), f"--overlap={wrong}")
        assert (refused.code, "no time" in refused.err) == (1, True), wrong
    missing = await newcomer.types("rotate-key", str(tmp_path / "none.key"), str(new))
    assert "cannot be used" in missing.err


async def test_the_proof_of_the_command_begins_a_recovery(bazaar: Bazaar, tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path / "sigma", bazaar.origin)
    collective_id = await registered(bazaar, SigningKey.generate(), "Forgetful Hands")
    new = tmp_path / "new.key"
    await newcomer.types("keygen", str(new))
    said = await newcomer.types("recovery-proof", collective_id, str(new))
    assert said.code == 0, said.err
    proof = json.loads(said.out)
    house = bazaar.house
    async with Reader(house) as operator:
        await operator.sign_in("operator")
    async with house.arena.db.transaction() as tx:
        begun = await recover_keys(
            tx, house.arena.settings, collective_id, KeyProof(**proof), reason="seen",
            by=operator.person_id,
        )  # fmt: skip
    assert begun.public_key == SigningKey.load(new).public


async def test_an_own_account_is_begun_anew(bazaar: Bazaar) -> None:
    key = SigningKey.generate()
    collective_id = await registered(bazaar, key, "Anew Hands")

    def run(client: Client) -> None:
        client.credentials = Collective(key)
        with pytest.raises(ArenaProblem) as refused:
            client.reset_account(collective_id, reason="too early")
        assert refused.value.code == "nothing_to_reset"

    await bazaar.sync(run)
