"""A collective that was suspended cannot sign any more."""

from datetime import timedelta

from arena.kit.db import Database
from arena.kit.signing import SigningKey
from arena.people import identity
from arena.people.identity import Registration, key_id_of

KEY = SigningKey(bytes(32))


async def test_the_keys_of_a_suspended_collective_do_not_sign(db: Database) -> None:
    async with db.transaction() as tx:
        made = await identity.register_collective(tx, Registration("Quiet", "", KEY.public, None))
        key_id = key_id_of(KEY.public)
        at = tx.now + timedelta(seconds=1)
        assert await identity.active_key(tx, key_id, at) is not None
        await tx.execute("update collective set status = 'suspended' where id = $1", made.id)
        assert await identity.active_key(tx, key_id, at) is None
