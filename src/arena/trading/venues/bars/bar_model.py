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

_BPS = Decimal(10_000)


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
        done = Matching(bar, instrument, rules, interval_s)
        done.match(tickets, consumed)
    return BarMatch(tuple(done.given), tuple(done.open), tuple(done.closed))


class Matching:
    """One bar and the state of it while its hits are taken: `given`, `open` and `closed` become those of `BarMatch`.

    Decimal arithmetic is the caller's context: whoever plays many bars enters it once.
    """

    __slots__ = (
        "bar", "capacity", "closed", "consumed", "given", "instrument", "path", "rules", "standing", "stated",
    )  # fmt: skip

    def __init__(self, bar: Candle, instrument: Instrument, rules: Rules, interval_s: int) -> None:
        self.bar = bar
        self.instrument = instrument
        self.rules = rules
        self.path = Path.of(bar, interval_s)
        self.capacity = Decimal(0)
        self.consumed = Decimal(0)
        self.stated: Mapping[str, Decimal] | None = None
        self.standing: list[Ticket | None] = []
        self.given: list[BarFill] = []
        self.closed: list[tuple[Ticket, Reason]] = []

    @property
    def open(self) -> list[Ticket]:
        return [ticket for ticket in self.standing if ticket is not None]

    def match(self, tickets: Sequence[Ticket], stated: Mapping[str, Decimal] | None) -> None:
        """`stated` as `consumed` of `match_bar`."""
        self.standing, self.stated = list(tickets), stated
        if self.bar.volume > 0:
            self._take_hits()
        self._expire()

    def _take_hits(self) -> None:
        """Rule 2: in the order of (x, arrival); what a group's fill cancels is hit no more."""
        path, opened = self.path, self.bar.open_at
        hits: list[tuple[Decimal, int, int, Hit]] = []
        for place, ticket in enumerate(self.standing):
            assert ticket is not None, "no hit was taken yet"
            start = path.start(ticket.effective_at)
            if start >= END:
                continue
            hit = find_hit(path, ticket, start)
            if hit is not None:
                hits.append((hit.offset, ticket.sequence, place, hit))
            if ticket.seen_at is None:
                self.standing[place] = replace(ticket, seen_at=opened)
        if not hits:
            return
        hits.sort()
        volume = self.bar.volume * self.rules.participation_bps / _BPS
        self.capacity = self.instrument.floor_step(volume)
        for _, _, place, hit in hits:
            hit_one = self.standing[place]
            if hit_one is not None:
                self._take(place, hit_one, hit)

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
        price = self._price(ticket, hit, quantity)
        if ticket.budget is not None and ticket.side == "buy":
            affordable = self.instrument.floor_step(ticket.budget / price)
            if affordable < step:
                self._close(place, ticket, "budget")
                return
            if affordable < quantity:
                quantity = affordable
                price = self._price(ticket, hit, quantity)
        self._fill(place, ticket, hit, quantity, price)

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

    def _fill(
        self, place: int, ticket: Ticket, hit: Hit, quantity: Decimal, price: Decimal
    ) -> None:
        """Rules 3 and 5: books the fill, takes it off ticket, bar and budget, cancels the rest of its group."""
        rules, side = self.rules, ticket.side
        bps = rules.fee_maker_bps if hit.liquidity == "maker" else rules.fee_taker_bps
        fee, asset = fee_of(self.instrument, side, bps, quantity=quantity, price=price)
        number = ticket.fills + 1
        self.given.append(
            BarFill(
                ticket.order_id, ticket.account_id, number, ticket.symbol, side, quantity, price, fee, asset,
                hit, self.bar.open_at, self.bar.volume, self.capacity, self.consumed,
            )
        )  # fmt: skip
        self.consumed += quantity
        left = replace(
            ticket,
            remaining=ticket.remaining - quantity,
            budget=None if ticket.budget is None else ticket.budget - quantity * price,
            fills=number,
        )
        if not left.remaining:
            self._close(place, left, "filled")
        else:
            self.standing[place] = left
        if ticket.group_id is not None:
            for at, other in enumerate(self.standing):
                if other is not None and at != place and other.group_id == ticket.group_id:
                    self._close(at, other, "group")

    def _expire(self) -> None:
        close_at: datetime | None = None
        for place, ticket in enumerate(self.standing):
            if ticket is None or ticket.expires_at is None:
                continue
            close_at = close_at or self.bar.open_at + timedelta(milliseconds=self.path.interval_ms)
            if ticket.expires_at <= close_at:
                self._close(place, ticket, "expired")

    def _close(self, place: int, ticket: Ticket, reason: Reason) -> None:
        self.standing[place] = None
        self.closed.append((ticket, reason))


def plain(value: Decimal) -> str:
    """Plain decimal notation without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
