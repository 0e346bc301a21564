"""Pruning takes what has served its time, and nothing else."""

from arena.kit.db import Database
from arena.people.access import prune


async def test_only_what_is_over_goes(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            """insert into signature_nonce select 'k', 'n' || n, clock_timestamp() + interval '1 minute' * (n - 2.5)
               from generate_series(1, 4) n"""
        )
        await tx.execute(
            "insert into person (id, email, name, password_hash) values ('usr_1', 'a@b', 'a', 'x')"
        )
        await tx.execute(
            """insert into session (digest, person_id, expires_at)
               select ('\\x0' || n)::bytea, 'usr_1', clock_timestamp() + interval '1 day' * (n - 1.5)
               from generate_series(1, 3) n"""
        )
        await tx.execute(
            """insert into idempotency (scope, key, body_sha, status, answer, at)
               select 's', n::text, '', 200, '', clock_timestamp() - interval '24 hours' * (n - 0.5)
               from generate_series(1, 5) n"""
        )
        await tx.execute(
            """insert into password_reset (id, person_id, expires_at)
               select 'rst_' || n, 'usr_1', clock_timestamp() + interval '1 hour' * (n - 1.5)
               from generate_series(1, 3) n"""
        )
    pruned = {"signature_nonce": 2, "session": 1, "password_reset": 1, "idempotency": 3}
    assert await prune(db) == pruned
    assert await prune(db) == dict.fromkeys(pruned, 0)
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from idempotency") == 2
