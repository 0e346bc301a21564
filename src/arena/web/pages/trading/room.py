"""What the pages of trading accounts share: by which door one came in, and whose account it is."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path

from arena.kit.db import Tx
from arena.people import identity
from arena.people.access import Actor, needs
from arena.trading import performance, portfolio

CREATOR = needs("listings:write", kinds=("person",))
OPERATOR = needs("operate", kinds=("person",))
AccountId = Annotated[str, Path(pattern=r"^acc_[0-9a-z]{26}$")]
OrderId = Annotated[str, Path(pattern=r"^ord_[0-9a-z]{26}$")]
COLLECTIVES_MAX = 200


@dataclass(frozen=True, slots=True)
class Door:
    """`root` is the address of the list of accounts; an operator sees everybody's."""

    root: str
    operates: bool

    def path(self, account_id: str, rest: str = "") -> str:
        return f"{self.root}/{account_id}{rest}"


OWNER = Door("/studio/trading", operates=False)
OVERSEER = Door("/operator/trading", operates=True)


async def account_of(tx: Tx, door: Door, actor: Actor, account_id: str) -> portfolio.Account:
    """Raises NoSuchAccount, also for that of somebody else and for the reference account of a feed."""
    if not door.operates:
        return await performance.seen_account(tx, actor, account_id)
    found = await portfolio.account(tx, account_id)
    if found.kind != "collective":
        raise portfolio.NoSuchAccount(account_id=account_id)
    return found


async def owners_of(tx: Tx, door: Door, actor: Actor) -> list[str] | None:
    """The collectives whose accounts are seen through this door; None: all."""
    if door.operates:
        return None
    mine = await identity.collectives(tx, owner_id=actor.id, limit=COLLECTIVES_MAX)
    return [collective.id for collective in mine]
