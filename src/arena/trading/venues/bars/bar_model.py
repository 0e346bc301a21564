"""The bar model: what one closed bar does to the tickets of its instrument (record.md, rules 1 to 5). Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

import msgspec
from msgspec.structs import replace

from arena.kit.clock import to_ms
from arena.kit.ids import derived
from arena.trading.market import ARITHMETIC, Candle, Instrument, Side
from arena.trading.venues.bars.model import Reason, Rules, Ticket
from arena.trading.venues.bars.path import END, Hit, Path, find_hit
from arena.trading.venues.fees import fee_of
from arena.trading.venues.model import Fill

_BPS, _NOTHING = Decimal(10_000), Decimal(0)


class BarFill(msgspec.Struct, frozen=True, gc=False):
    """What a bar gave a ticket, and all that its evidence is made of. A back-test needs no more than this: ids and
    evidence are written when `as_fill` asks for them.

    `number` counts the fills of the order from 1; `capacity` and `consumed` are what the bar, of that open and volume,
    had to give and had given by then.
    """

    order_id: str
    account_id: str
    number: int
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    hit: Hit
    open_at: datetime
    volume: Decimal
    capacity: Decimal
    consumed: Decimal

    def as_fill(self, order_id: str) -> Fill:
        """With its id, the order's being this, and its evidence."""
        hit = self.hit
        return Fill(
            id=derived("fil", order_id, self.number),
            order_id=order_id,
            account_id=self.account_id,
            number=self.number,
            symbol=self.symbol,
            side=self.side,
            quantity=self.quantity,
            price=self.price,
            fee=self.fee,
            fee_asset=self.fee_asset,
            liquidity=hit.liquidity,
            evidence={
                "bar": to_ms(self.open_at),
                "offset": plain(hit.offset),
                "path_price": plain(hit.price),
                "capacity": plain(self.capacity),
                "consumed_before": plain(self.consumed),
                "volume": plain(self.volume),
            },
            at=hit.at,
        )


class BarMatch(msgspec.Struct, frozen=True, gc=False):
    """What the bar did: fills in their order, tickets still open as they now stand (in the order given),
    and tickets it closed, as they stood then, with the reason."""

    given: tuple[BarFill, ...] = ()
    open: tuple[Ticket, ...] = ()
    closed: tuple[tuple[Ticket, Reason], ...] = ()

    @property
    def fills(self) -> tuple[Fill, ...]:
        return tuple([given.as_fill(given.order_id) for given in self.given])


def match_bar(
    bar: Candle,
    instrument: Instrument,
    tickets: Sequence[Ticket],
    rules: Rules,
    interval_s: int,
    *,
    consumed: Mapping[str, Decimal] | None = None,
) -> BarMatch:
    """Matches the open tickets of one instrument against one closed bar of `interval_s` seconds.

    `consumed` is for recomputing one account's record: by order id, what was consumed of the bar before
    that order's hit, as the evidence of its fill states (for a starved one the bar's capacity, or more); an
    order without an entry goes by the running count.
    """
    if not tickets:
        return BarMatch()
    with localcontext(ARITHMETIC):
        matching = Matching(instrument, rules, interval_s)
        still_open = matching.match(bar, tickets, consumed)
    return BarMatch(tuple(matching.given), tuple(still_open), tuple(matching.closed))


class Matching:
    """Matches bar after bar of one instrument: `given` and `closed` are those of `BarMatch`, of the last bar.

    Decimal arithmetic is the caller's context: whoever plays many bars enters it once.
    """

    __slots__ = (
        "bar", "capacity", "closed", "consumed", "given", "instrument", "interval_s", "path", "rules", "standing",
        "stated",
    )  # fmt: skip

    bar: Candle
    path: Path
    capacity: Decimal
    consumed: Decimal
    stated: Mapping[str, Decimal] | None
    standing: list[Ticket | None]
    given: list[BarFill]
    closed: list[tuple[Ticket, Reason]]

    def __init__(self, instrument: Instrument, rules: Rules, interval_s: int) -> None:
        self.instrument = instrument
        self.rules = rules
        self.interval_s = interval_s

    def match(
        self, bar: Candle, tickets: Sequence[Ticket], stated: Mapping[str, Decimal] | None
    ) -> list[Ticket]:
        """Returns the tickets that are still open. `stated` as `consumed` of `match_bar`."""
        self.bar, self.path = bar, Path.of(bar, self.interval_s)
        self.consumed = self.capacity = _NOTHING
        self.standing, self.stated = list(tickets), stated
        self.given, self.closed = [], []
        if bar.volume > 0:
            self._take_hits(tickets)
        self._expire()
        return [ticket for ticket in self.standing if ticket is not None]

    def _take_hits(self, tickets: Sequence[Ticket]) -> None:
        """Rule 2: in the order of (x, arrival); what a group's fill cancels is hit no more."""
        path, standing = self.path, self.standing
        hits: list[tuple[Decimal, int, int, Hit]] = []
        for place, ticket in enumerate(tickets):
            start = path.start(ticket.effective_at)
            if start >= END:
                continue
            hit = find_hit(path, ticket, start)
            if hit is not None:
                hits.append((hit.offset, ticket.sequence, place, hit))
            if ticket.seen_at is None:
                standing[place] = replace(ticket, seen_at=path.open_at)
        if not hits:
            return
        hits.sort()
        volume = self.bar.volume * self.rules.participation_bps / _BPS
        self.capacity = self.instrument.floor_step(volume)
        for _, _, place, hit in hits:
            taking = standing[place]
            if taking is not None:
                self._take(place, taking, hit)

    def _take(self, place: int, ticket: Ticket, hit: Hit) -> None:
        """Rule 3: as much as is left of the order, the bar and the budget."""
        if ticket.type in ("stop_loss", "take_profit"):
            ticket = self.standing[place] = replace(ticket, type="market")
        if self.stated:
            self.consumed = self.stated.get(ticket.order_id, self.consumed)
        quantity, step = min(ticket.remaining, self.capacity - self.consumed), self.instrument.step
        if quantity < step:
            starved = (*ticket.starved_at, self.bar.open_at)
            self.standing[place] = replace(ticket, starved_at=starved)
            return
        price, budget = self._price(ticket, hit, quantity), ticket.budget
        if budget is not None and ticket.side == "buy":
            affordable = self.instrument.floor_step(budget / price)
            if affordable < step:
                self._close(place, ticket, "budget")
                return
            if affordable < quantity:
                quantity = affordable
                price = self._price(ticket, hit, quantity)
        self._give(ticket, hit, quantity, price)
        left = replace(
            ticket,
            remaining=ticket.remaining - quantity,
            budget=None if budget is None else budget - quantity * price,
            fills=ticket.fills + 1,
        )
        self.standing[place] = left
        if not left.remaining:
            self._close(place, left, "filled")
        if ticket.group_id is not None:
            for at, other in enumerate(self.standing):
                if other is not None and at != place and other.group_id == ticket.group_id:
                    self._close(at, other, "group")

    def _price(self, ticket: Ticket, hit: Hit, quantity: Decimal) -> Decimal:
        """Rule 4: half the spread and the square-root impact of the quantity, against the order."""
        limit = ticket.limit_price
        if hit.liquidity == "maker":
            assert limit is not None, "only limit orders are makers"
            return limit
        bar, rules, at = self.bar, self.rules, hit.price
        cost = at * rules.half_spread_bps / _BPS
        spread = (bar.high - bar.low) / bar.open
        cost += at * rules.impact_y * spread * (quantity / bar.volume).sqrt()
        if ticket.side == "buy":
            price = self.instrument.ceil_tick(at + cost)
            return price if limit is None else min(price, limit)
        price = max(self.instrument.floor_tick(at - cost), self.instrument.tick)
        return price if limit is None else max(price, limit)

    def _give(self, ticket: Ticket, hit: Hit, quantity: Decimal, price: Decimal) -> None:
        """Rule 5: the fill and its fee."""
        rules, side, bar = self.rules, ticket.side, self.bar
        bps = rules.fee_maker_bps if hit.liquidity == "maker" else rules.fee_taker_bps
        fee, asset = fee_of(self.instrument, side, bps, quantity=quantity, price=price)
        self.given.append(
            BarFill(
                ticket.order_id, ticket.account_id, ticket.fills + 1, ticket.symbol, side, quantity, price,
                fee, asset, hit, bar.open_at, bar.volume, self.capacity, self.consumed,
            )
        )  # fmt: skip
        self.consumed += quantity

    def _expire(self) -> None:
        for place, ticket in enumerate(self.standing):
            if ticket is not None and ticket.expires_at is not None:
                close_at = self.bar.open_at + timedelta(seconds=self.interval_s)
                if ticket.expires_at <= close_at:
                    self._close(place, ticket, "expired")

    def _close(self, place: int, ticket: Ticket, reason: Reason) -> None:
        self.standing[place] = None
        self.closed.append((ticket, reason))


def plain(value: Decimal) -> str:
    """Plain decimal notation without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
