"""Exports as CSV (RFC 4180): numbers in full, times in UTC, a header that names units."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from arena.kit.clock import iso_ms
from arena.trading.performance.gains.walk import DayPnl
from arena.trading.portfolio import Charge, RealisedLot
from arena.trading.venues import Fill

_WHY = {"trade": "sold", "fee": "paid as a fee", "transfer": "taken out"}


def lots_csv(realised: Iterable[RealisedLot], *, quote: str, year: int | None = None) -> str:
    """A line for each piece of a lot that left (in that UTC year): `gain` = proceeds - cost - fees, all in the
    account's currency. What was taken out is no sale and has no gain."""
    return _table(
        [
            "asset", "date_acquired", "date_sold", "quantity", f"proceeds_{quote}", f"cost_{quote}",
            f"fees_{quote}", f"gain_{quote}", "kind", "acquired_by", "sold_by",
        ],
        (
            [
                lot.asset, _time(lot.acquired_at), _time(lot.sold_at), lot.quantity, lot.proceeds, lot.cost,
                lot.fees, lot.gain, _WHY[lot.why], lot.acquired_by, lot.sold_by,
            ]
            for lot in realised
            if year is None or lot.sold_at.year == year
        ),
    )  # fmt: skip


def fills_csv(fills: Iterable[tuple[Fill, Charge]], *, quote: str) -> str:
    """A line for each fill, with the trail by which its fee was converted."""
    return _table(
        [
            "at", "fill", "order", "symbol", "side", "quantity", "price", f"worth_{quote}", "liquidity", "fee",
            "fee_asset", f"fee_rate_{quote}", "fee_rate_from", f"fee_worth_{quote}",
        ],
        (
            [
                _time(fill.at), fill.id, fill.order_id, fill.symbol, fill.side, fill.quantity, fill.price,
                fill.quantity * fill.price, fill.liquidity, fill.fee, fill.fee_asset, charge.rate.rate,
                charge.rate.origin, charge.worth,
            ]
            for fill, charge in fills
        ),
    )  # fmt: skip


def days_csv(days: Iterable[DayPnl], *, quote: str) -> str:
    """A line for each UTC day, oldest first, in the account's currency."""
    names = ("opening", "closing", "flows", "pnl", "realised", "fees", "bought", "sold")
    return _table(
        ["day", *(f"{name}_{quote}" for name in names), "fills"],
        (
            [
                day.day.isoformat(), day.opening, day.closing, day.flows, day.pnl, day.traded.realised,
                day.traded.fees, day.traded.bought, day.traded.sold, day.traded.fills,
            ]
            for day in days
        ),
    )  # fmt: skip


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    """Decimals without exponent and trailing zeros; quotients, which never end, to 12 decimals."""
    if not isinstance(value, Decimal):
        return value
    rounded = round(value, 12) if value.as_tuple().exponent < -18 else value  # type: ignore[operator]  # of a finite number it is one
    text = format(rounded, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _time(at: datetime) -> str:
    return iso_ms(at)
