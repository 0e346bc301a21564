"""The bar model: what one closed bar does to the tickets of its instrument (record.md, rules 1 to 5). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, localcontext

from msgspec.structs import replace

from arena.kit.clock import to_ms
from arena.kit.ids import derived
from arena.trading.market import ARITHMETIC, Candle, Instrument
from arena.trading.venues.bars.model import Reason, Rules, Ticket
from arena.trading.venues.bars.path import END, Hit, Path, find_hit
from arena.trading.venues.fees import FeeRates
from arena.trading.venues.model import Fill

_BPS = 10_000


@dataclass(frozen=True, slots=True)
class BarMatch:
    """What the bar did: fills in their order, tickets still open as they now stand (in the order given),
    and tickets it closed, as they stood then, with the reason."""

    fills: tuple[Fill, ...] = ()
    open: tuple[Ticket, ...] = ()
    closed: tuple[tuple[Ticket, Reason], ...] = ()


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
        matching = _Matching(bar, instrument, rules, Path.of(bar, interval_s), consumed or {})
        matching.standing = {ticket.order_id: ticket for ticket in tickets}
        if bar.volume > 0:
            matching.take_hits()
        matching.expire()
    return BarMatch(
        tuple(matching.fills), tuple(matching.standing.values()), tuple(matching.closed)
    )


@dataclass(slots=True)
class _Matching:
    """The state of one bar while its hits are taken."""

    bar: Candle
    instrument: Instrument
    rules: Rules
    path: Path
    stated: Mapping[str, Decimal]
    standing: dict[str, Ticket] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    closed: list[tuple[Ticket, Reason]] = field(default_factory=list)
    consumed: Decimal = Decimal(0)
    capacity: Decimal = Decimal(0)

    def take_hits(self) -> None:
        """Rule 2: in the order of (x, arrival); what a group's fill cancels is hit no more."""
        hits: list[tuple[Decimal, int, str, Hit]] = []
        for ticket in self.standing.values():
            if self.path.start(ticket.effective_at) >= END:
                continue
            hit = find_hit(self.path, ticket)
            if hit is not None:
                hits.append((hit.offset, ticket.sequence, ticket.order_id, hit))
            if ticket.seen_at is None:
                self.standing[ticket.order_id] = replace(ticket, seen_at=self.bar.open_at)
        hits.sort(key=lambda h: h[:2])
        volume = self.bar.volume * self.rules.participation_bps / _BPS
        self.capacity = self.instrument.floor_step(volume)
        for _, _, order_id, hit in hits:
            if order_id in self.standing:
                self.take(self.standing[order_id], hit)

    def take(self, ticket: Ticket, hit: Hit) -> None:
        """Rule 3: as much as is left of the order, the bar and the budget."""
        if ticket.type in ("stop_loss", "take_profit"):
            ticket = self.standing[ticket.order_id] = replace(ticket, type="market")
        self.consumed = self.stated.get(ticket.order_id, self.consumed)
        quantity = min(ticket.remaining, self.capacity - self.consumed)
        if quantity < self.instrument.step:
            starved = (*ticket.starved_at, self.bar.open_at)
            self.standing[ticket.order_id] = replace(ticket, starved_at=starved)
            return
        price = self.price(ticket, hit, quantity)
        if ticket.side == "buy" and ticket.budget is not None:
            affordable = self.instrument.floor_step(ticket.budget / price)
            if affordable < self.instrument.step:
                self.close(ticket, "budget")
                return
            if affordable < quantity:
                quantity = affordable
                price = self.price(ticket, hit, quantity)
        self.fill(ticket, hit, quantity, price)

    def price(self, ticket: Ticket, hit: Hit, quantity: Decimal) -> Decimal:
        """Rule 4: half the spread and the square-root impact of the quantity, against the order."""
        if hit.liquidity == "maker":
            assert ticket.limit_price is not None, "only limit orders are makers"
            return ticket.limit_price
        bar, rules, limit = self.bar, self.rules, ticket.limit_price
        cost = hit.price * rules.half_spread_bps / _BPS
        spread = (bar.high - bar.low) / bar.open
        cost += hit.price * rules.impact_y * spread * (quantity / bar.volume).sqrt()
        if ticket.side == "buy":
            price = self.instrument.ceil_tick(hit.price + cost)
            return price if limit is None else min(price, limit)
        price = max(self.instrument.floor_tick(hit.price - cost), self.instrument.tick)
        return price if limit is None else max(price, limit)

    def fill(self, ticket: Ticket, hit: Hit, quantity: Decimal, price: Decimal) -> None:
        """Rules 3 and 5: books the fill, takes it off ticket, bar and budget, cancels the rest of its group."""
        rates = FeeRates(self.rules.fee_maker_bps, self.rules.fee_taker_bps)
        fee, fee_asset = rates.charge(
            self.instrument, ticket.side, hit.liquidity, quantity=quantity, price=price
        )
        number = ticket.fills + 1
        self.fills.append(
            Fill(
                id=derived("fil", ticket.order_id, number),
                order_id=ticket.order_id,
                account_id=ticket.account_id,
                number=number,
                symbol=ticket.symbol,
                side=ticket.side,
                quantity=quantity,
                price=price,
                fee=fee,
                fee_asset=fee_asset,
                liquidity=hit.liquidity,
                evidence={
                    "bar": to_ms(self.bar.open_at),
                    "offset": plain(hit.offset),
                    "path_price": plain(hit.price),
                    "capacity": plain(self.capacity),
                    "consumed_before": plain(self.consumed),
                    "volume": plain(self.bar.volume),
                },
                at=hit.at,
            )
        )
        self.consumed += quantity
        left = replace(
            ticket,
            remaining=ticket.remaining - quantity,
            budget=None if ticket.budget is None else ticket.budget - quantity * price,
            fills=number,
        )
        if left.remaining == 0:
            self.close(left, "filled")
        else:
            self.standing[ticket.order_id] = left
        if ticket.group_id is not None:
            for other in list(self.standing.values()):
                if other.group_id == ticket.group_id and other.order_id != ticket.order_id:
                    self.close(other, "group")

    def expire(self) -> None:
        close_at = self.bar.open_at + timedelta(milliseconds=self.path.interval_ms)
        for ticket in list(self.standing.values()):
            if ticket.expires_at is not None and ticket.expires_at <= close_at:
                self.close(ticket, "expired")

    def close(self, ticket: Ticket, reason: Reason) -> None:
        del self.standing[ticket.order_id]
        self.closed.append((ticket, reason))


def plain(value: Decimal) -> str:
    """Plain decimal notation without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
