"""Limits of an account in words: what each allows, how much of it is used, and who has set it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.trading import orders, portfolio, risk
from arena.web.page import N_, _
from arena.web.page.numbers import amount, count, percent

_Words = Callable[[Decimal, str], str]


def _share(value: Decimal, _quote: str) -> str:
    return percent(value)


def _money(value: Decimal, quote: str) -> str:
    return amount(value, quote)


def _whole(value: Decimal, _quote: str) -> str:
    return count(int(value))


def _bps(value: Decimal, _quote: str) -> str:
    return percent(value / 10_000, 2)


def _units(value: Decimal, _quote: str) -> str:
    return format(value.normalize(), "f")


NAMES: dict[str, tuple[str, str, _Words]] = {
    "order_notional_max": (N_("Worth of one order"), N_("asked of each order"), _money),
    "price_collar_bps": (
        N_("How far beyond the market an order may go"), N_("asked of each order"), _bps,
    ),
    "orders_10s_max": (N_("Orders in 10 seconds"), "", _whole),
    "orders_day_max": (N_("Orders a day"), "", _whole),
    "open_orders_max": (N_("Open orders"), "", _whole),
    "daily_drawdown_max": (
        N_("Loss since midnight UTC"), N_("from there on only sales pass"), _share,
    ),
    "drawdown_max": (N_("Loss since the highest equity"), N_("from there on only sales pass"), _share),
    "liquidation_drawdown": (
        N_("Loss that begins a liquidation"), N_("then positions are sold in slices"), _share,
    ),
    "position_quantity_max": (N_("Units held"), "", _units),
    "position_weight_max": (N_("One position, of the equity"), "", _share),
    "exposure_max": (N_("All positions, of the equity"), "", _share),
    "liquidation_exposure": (
        N_("Exposure that begins a liquidation"), N_("then positions are sold in slices"), _share,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UseLine:
    """A limit that binds. `share` is how much of it is used (above 1: prices have carried it past), None where it is
    asked of each order by itself."""

    title: str
    note: str
    symbol: str
    used: str
    limit: str
    share: float | None
    set_by_owner: bool

    @property
    def tone(self) -> str:
        if self.share is None or self.share < 0.75:
            return ""
        return "bad" if self.share >= 1 else "warn"


async def uses_of(tx: Tx, account: portfolio.Account, settings: Settings) -> list[UseLine]:
    """The limits that bind the account, in the order they are asked in."""
    found = await orders.limits_in_use(tx, account.id, settings)
    return [_line(use, found.bounds, account.quote) for use in found.uses]


def _line(use: risk.Use, bounds: risk.Bounds, quote: str) -> UseLine:
    title, note, words = NAMES[use.name]
    return UseLine(
        _(title), _(note) if note else "", use.symbol or "",
        "" if use.used is None else words(use.used, quote), words(use.limit, quote),
        None if use.share is None else float(use.share), _is_own(use, bounds),
    )  # fmt: skip


def _is_own(use: risk.Use, bounds: risk.Bounds) -> bool:
    """Whether the owner's wish is what binds, being tighter than the operator's bound."""
    own, operator = getattr(bounds.own, use.name), getattr(bounds.operator, use.name)
    if use.name == "position_quantity_max":
        own, operator = own.get(use.symbol), operator.get(use.symbol)
    return own is not None and (operator is None or own < operator)
