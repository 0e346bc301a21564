"""Whoever keeps callers in memory hears at once that one has changed, and only after it is so."""

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people import identity
from arena.people.access import (
    NewApiKey,
    close_session,
    create_api_key,
    open_session,
    revoke_api_key,
)
from tests.people.signer import enrolled


async def test_revocations_sign_outs_and_new_roles_are_news(
    db: Database, settings: Settings
) -> None:
    heard: list[str] = []
    db.publish = heard.extend
    signer, collective = await enrolled(db)
    async with db.transaction() as tx:
        ada = await identity.create_person(
            tx, email="ada@example.org", name="Ada", password="four words in a row"
        )
        made, _ = await create_api_key(tx, settings.vault, NewApiKey(ada.id, "k"))
        token = await open_session(tx, settings.vault, ada)
    assert heard == []
    async with db.transaction() as tx:
        await identity.revoke_key(tx, collective.id, signer.key_id, by=collective.id, last=True)
        await revoke_api_key(tx, ada.id, made.id)
        await close_session(tx, settings.vault, token)
        assert heard == []
    assert heard == [f"key:{signer.key_id}", f"key:{made.id}", f"person:{ada.id}"]
    heard.clear()
    async with db.transaction() as tx:  # what is over already is no news
        await identity.revoke_key(tx, collective.id, signer.key_id, by=collective.id)
        await revoke_api_key(tx, ada.id, made.id)
        await close_session(tx, settings.vault, token)
    assert heard == []
    async with db.transaction() as tx:
        await identity.grant_role(tx, ada.id, "creator")
    assert heard == [f"person:{ada.id}"]


async def test_what_rolls_back_is_no_news(db: Database) -> None:
    heard: list[str] = []
    db.publish = heard.extend
    signer, collective = await enrolled(db)

    async def revoke_and_fail() -> None:
        async with db.transaction() as tx:
            await identity.revoke_key(tx, collective.id, signer.key_id, by="system", last=True)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await revoke_and_fail()
    assert heard == []
