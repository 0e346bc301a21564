"""Which orders of a bar fill, how much, at what price, for what fee (record, sections 2 to 5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sigma_sdk.verify.arithmetic import BPS, ceil_to, fee_of, floor_to, record_arithmetic
from sigma_sdk.verify.path import Hit, Path, find_hit
from sigma_sdk.verify.terms import Bar, Fill, Instrument, Resting, Rules


@dataclass(frozen=True, slots=True)
class Venue:
    """What does not change from bar to bar."""

    instrument: Instrument
    rules: Rules
    interval_ms: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What other accounts took from a bar, as the record states it: the base units consumed before each
    fill of this account in order, and whether the bar then had nothing left for a further hit."""

    before: tuple[Decimal, ...] = ()
    starved: bool = False


@dataclass(slots=True)
class Matched:
    """What a bar did: fills in order, each with its order; orders that are over; orders left hungry."""

    fills: list[tuple[Resting, Fill]] = field(default_factory=list)
    over: list[tuple[Resting, str]] = field(default_factory=list)
    starved: list[Resting] = field(default_factory=list)


def match_bar(
    bar: Bar,
    orders: Sequence[Resting],
    venue: Venue,
    taken: Taken | None = None,
) -> Matched:
    """Plays one bar against the open orders, which it changes."""
    with record_arithmetic():
        matched = Matched()
        if bar.volume > 0:
            _fill(bar, orders, venue, taken or Taken(), matched)
        _expire(bar, orders, venue, matched)
        return matched


def capacity_of(bar: Bar, venue: Venue) -> Decimal:
    """What a bar offers to all accounts together, in base units."""
    share = bar.volume * venue.rules.participation_bps / BPS
    return floor_to(share, venue.instrument.step)


def _fill(
    bar: Bar,
    orders: Sequence[Resting],
    venue: Venue,
    taken: Taken,
    matched: Matched,
) -> None:
    path = Path.of(bar, venue.interval_ms)
    hits: list[tuple[Decimal, int, Hit, Resting]] = []
    for order in orders:
        hit = find_hit(path, order, venue.rules.latency_ms)
        if path.start(order.accepted_ms + venue.rules.latency_ms) < 3:
            order.met = True
        if hit is not None:
            hits.append((hit.x, order.arrival, hit, order))
    hits.sort(key=lambda each: each[:2])
    capacity, consumed, cancelled = capacity_of(bar, venue), Decimal(0), set[int]()
    for _, arrival, hit, order in hits:
        if arrival in cancelled:
            continue
        if order.type in {"stop_loss", "take_profit"}:
            order.type = "market"
        if len(matched.fills) < len(taken.before):
            consumed = max(consumed, taken.before[len(matched.fills)])
        elif taken.starved:
            consumed = capacity
        fill = _one(bar, order, hit, venue, left=capacity - consumed, matched=matched)
        if fill is None:
            continue
        consumed += fill.quantity
        matched.fills.append((order, fill))
        if order.remaining == 0:
            matched.over.append((order, "filled"))
        for other in orders:
            if order.group is not None and other.group == order.group and other is not order:
                if other.arrival not in cancelled:
                    matched.over.append((other, "group"))
                cancelled.add(other.arrival)


def _one(
    bar: Bar, order: Resting, hit: Hit, venue: Venue, *, left: Decimal, matched: Matched
) -> Fill | None:
    """The fill of one hit, or None where the bar has nothing left or the buyer nothing to spend."""
    instrument, rules = venue.instrument, venue.rules
    quantity = min(order.remaining, left)
    if quantity < instrument.step:
        matched.starved.append(order)
        return None
    price = price_of(bar, order, hit, quantity, venue)
    if order.side == "buy" and order.budget is not None:
        affordable = floor_to(order.budget / price, instrument.step)
        if affordable < instrument.step:
            matched.over.append((order, "budget"))
            return None
        if affordable < quantity:
            quantity = affordable
            price = price_of(bar, order, hit, quantity, venue)
    bps = rules.fee_maker_bps if hit.liquidity == "maker" else rules.fee_taker_bps
    buy = order.side == "buy"
    fee = fee_of(quantity if buy else quantity * price, bps)
    order.remaining -= quantity
    order.fills += 1
    if buy and order.budget is not None:
        order.budget -= quantity * price
    asset = instrument.base if buy else instrument.quote
    return Fill(hit.at_ms, order.side, quantity, price, fee, asset, hit.liquidity)


def price_of(bar: Bar, order: Resting, hit: Hit, quantity: Decimal, venue: Venue) -> Decimal:
    """What a fill pays or gets: the limit as maker; as taker the path's price worse by half the spread
    and by square-root impact, to the tick, never worse than a limit."""
    if hit.liquidity == "maker":
        return hit.price
    rules, tick = venue.rules, venue.instrument.tick
    spread = hit.price * rules.half_spread_bps / BPS
    swing = (bar.high - bar.low) / bar.open
    cost = spread + hit.price * rules.impact_y * swing * (quantity / bar.volume).sqrt()
    if order.side == "buy":
        price = ceil_to(hit.price + cost, tick)
        return price if order.limit_price is None else min(price, order.limit_price)
    price = max(floor_to(hit.price - cost, tick), tick)
    return price if order.limit_price is None else max(price, order.limit_price)


def _expire(bar: Bar, orders: Sequence[Resting], venue: Venue, matched: Matched) -> None:
    end_ms = bar.open_ms + venue.interval_ms
    over = {id(order) for order, _ in matched.over}
    for order in orders:
        if id(order) not in over and order.expires_ms is not None and end_ms >= order.expires_ms:
            matched.over.append((order, "expired"))
