"""Whose account is it? Its owner sees it, and so does the person whose collective that is; to others it is none."""

from arena.kit.db import Tx
from arena.people import identity
from arena.people.access import Actor
from arena.trading.portfolio import Account, NoSuchAccount, account


async def seen_account(tx: Tx, actor: Actor, account_id: str) -> Account:
    """Raises NoSuchAccount, also for that of somebody else."""
    found = await account(tx, account_id)
    if found.owner_id == actor.id:
        return found
    if found.kind == "collective" and actor.kind == "person":
        owner = await identity.collective(tx, found.owner_id)
        if owner.owner_id == actor.id:
            return found
    raise NoSuchAccount(account_id=account_id)
