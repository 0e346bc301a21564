"""What the floor has done since the last commit, gathered to be written in one transaction."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from arena.people.access import Actor
from arena.trading.orders.floor.purse import Purse
from arena.trading.orders.floor.resting import Resting
from arena.trading.portfolio import Flow
from arena.trading.venues import Fill, OrderList, UserEvent


@dataclass(slots=True)
class Batch:
    """Orders that are new or changed, fills, holdings that changed, events, and who waits to hear of the commit."""

    orders: dict[str, Resting] = field(default_factory=dict)
    lists: list[tuple[str, OrderList]] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    assets: dict[tuple[str, str], Purse] = field(default_factory=dict)
    symbols: dict[tuple[str, str], Purse] = field(default_factory=dict)
    flows: list[tuple[Flow, tuple[Actor, str | None]]] = field(default_factory=list)
    """Money put in or taken out, with who did it in which request."""
    events: list[tuple[UserEvent, Actor]] = field(default_factory=list)
    played_until: datetime | None = None
    waiters: list[asyncio.Future[None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.orders or self.events or self.played_until)

    def touch(self, purse: Purse, fill: Fill, base: str) -> None:
        """A fill changed the account's holdings."""
        self.fills.append(fill)
        account_id = purse.account.id
        self.assets[account_id, purse.account.quote] = purse
        self.assets[account_id, base] = purse
        self.symbols[account_id, fill.symbol] = purse

    def move(
        self, purse: Purse, flow: Flow, symbol: str | None, by: tuple[Actor, str | None]
    ) -> None:
        """Money came in or went out, and with it the position of the symbol, where there is one."""
        self.flows.append((flow, by))
        self.assets[flow.account_id, flow.asset] = purse
        if symbol is not None:
            self.symbols[flow.account_id, symbol] = purse

    def wait(self) -> "asyncio.Future[None]":
        """Done once this batch is committed; broken where it was lost."""
        waiter = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        return waiter

    def settle(self, broken: BaseException | None = None) -> None:
        release(self.waiters, broken)


def release(waiters: Iterable["asyncio.Future[None]"], broken: BaseException | None = None) -> None:
    for waiter in waiters:
        if waiter.done():  # who asked has gone
            continue
        if broken is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(broken)
