"""Accounts that collectives trade themselves, as their owners and the operator see them this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.people import identity
from arena.trading import market, orders, portfolio, risk

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """An account at a glance, in its currency. `today` is what it has earned since the last UTC midnight, `opening`
    what that is a part of; money put in or taken out is in neither."""

    account: portfolio.Account
    collective: identity.Collective
    equity: Decimal
    today: Decimal
    opening: Decimal
    held: int
    waiting: int
    limits: risk.Limits

    @property
    def state(self) -> str:
        """closed, barred (by the operator), killed (by the owner), liquidating or trading."""
        if self.account.closed_at is not None:
            return "closed"
        if self.limits.barred_at is not None:
            return "barred"
        if self.limits.killed_at is not None:
            return "killed"
        return "trading" if self.limits.liquidating_since is None else "liquidating"

    @property
    def today_share(self) -> Decimal | None:
        return self.today / self.opening if self.opening > 0 else None


@dataclass(frozen=True, slots=True)
class Held:
    """A position at the last close. `share` is its part of the account's equity."""

    position: portfolio.Position
    price: Decimal | None
    worth: Decimal
    share: Decimal | None

    @property
    def unrealised(self) -> Decimal | None:
        if self.price is None:
            return None
        return (self.price - self.position.average_cost) * self.position.quantity

    @property
    def gain(self) -> Decimal | None:
        """The unrealised gain as a part of what the position has cost."""
        cost = self.position.average_cost
        return None if self.price is None or cost <= 0 else self.price / cost - 1


@dataclass(frozen=True, slots=True)
class Desk:
    """What moves of an account: its line, positions, free cash and open orders. `at` is product time."""

    line: Line
    held: Sequence[Held]
    cash: Decimal
    others: Mapping[str, Decimal]
    waiting: Sequence[orders.Order]
    at: datetime


async def lines(tx: Tx, accounts: Sequence[portfolio.Account], settings: Settings) -> list[Line]:
    """In the order of the accounts, at the last closes."""
    ids = [account.id for account in accounts]
    held = await portfolio.portfolios(tx, accounts)
    closes = await risk.last_closes(tx, {s for p in held.values() for s in p.positions})
    bounds = await risk.bounds(tx, ids, risk.defaults(settings))
    meters = await risk.standing(tx, ids, tx.now)
    waiting = await _waiting(tx, ids)
    owners = {o: await identity.collective(tx, o) for o in {a.owner_id for a in accounts}}
    return [
        _line(
            held[account.id], owners[account.owner_id], closes,
            start=meters[account.id].day_start_equity, waiting=waiting.get(account.id, 0),
            limits=bounds[account.id].effective,
        )
        for account in accounts
    ]  # fmt: skip


async def desk(tx: Tx, account: portfolio.Account, settings: Settings) -> Desk:
    (line,) = await lines(tx, [account], settings)
    held = await portfolio.portfolio(tx, account.id)
    closes = await risk.last_closes(tx, held.positions)
    positions = [
        _held(position, closes.get(position.symbol), line.equity)
        for position in sorted(held.positions.values(), key=lambda p: p.symbol)
        if position.quantity
    ]
    bases = {i.base for i in await market.instruments(tx) if i.symbol in held.positions}
    others = {
        asset: quantity
        for asset, quantity in sorted(held.balances.items())
        if quantity and asset != account.quote and asset not in bases
    }
    return Desk(
        line, positions, held.cash, others, await orders.open_orders(tx, account.id), tx.now
    )


async def _waiting(tx: Tx, account_ids: Sequence[str]) -> dict[str, int]:
    """How many orders are open, by account; those without any are left out."""
    rows = await tx.fetch(
        """select account_id, count(*) as many from trade_order
           where account_id = any($1::text[]) and status in ('accepted', 'partially_filled') group by account_id""",
        list(account_ids),
    )  # fmt: skip
    return {row["account_id"]: row["many"] for row in rows}


def _line(
    held: portfolio.Portfolio,
    collective: identity.Collective,
    closes: Mapping[str, Decimal],
    *,
    start: Decimal,
    waiting: int,
    limits: risk.Limits,
) -> Line:
    worth = portfolio.equity(held, dict.fromkeys(held.positions, ZERO) | dict(closes))
    count = sum(1 for position in held.positions.values() if position.quantity)
    return Line(held.account, collective, worth, worth - start, start, count, waiting, limits)


def _held(position: portfolio.Position, price: Decimal | None, equity: Decimal) -> Held:
    worth = position.quantity * (price or ZERO)
    return Held(position, price, worth, worth / equity if equity > 0 else None)
