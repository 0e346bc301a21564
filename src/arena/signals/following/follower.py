"""One account on its way through the bars: signals become orders, bars fill them, fills bring protection. Pure.

The recomputation of a record and the Lab's back-test walk here, so that what is tested is what is followed
(record.md, sections 1 to 8).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from arena.kit.ids import derived
from arena.signals.feeds import Terms
from arena.signals.following.model import Sized
from arena.signals.following.plan import entry_order, guarded, protective_orders
from arena.signals.following.sizing import size_at
from arena.trading.market import Candle, Instrument
from arena.trading.orders import NewOrder
from arena.trading.performance import Mark
from arena.trading.portfolio import Holding, book_fill
from arena.trading.venues import BarFill, Fill, Matching, Rules, Ticket, whole_ms


class Follower:
    """`close` is the last close it knows, None before the first; `tickets` is one list that changes.

    Orders go by their client order ids here, which name them within the account; `fills` tells the ids of the record.
    Decimal arithmetic is the caller's context.
    """

    def __init__(
        self,
        account_id: str,
        cash: Decimal,
        *,
        instrument: Instrument,
        rules: Rules,
        interval_s: int,
        close: Decimal | None = None,
    ) -> None:
        self._account_id = account_id
        self._instrument = instrument
        self._rules = rules
        self._latency = rules.latency
        self._matching = Matching(instrument, rules, interval_s)
        self._arrivals = 0
        self._guarding: Terms | None = None
        self.close = close
        self.holding = Holding(cash)
        self.tickets: list[Ticket] = []
        self.given: list[BarFill] = []

    @property
    def fills(self) -> list[Fill]:
        """All fills so far, with their ids and evidence."""
        return [given.as_fill(self._order_id(given.order_id)) for given in self.given]

    def follow(self, terms: Terms, received_at: datetime, *, refused: bool = False) -> Sized | None:
        """Rules 1 to 6 of section 7; None where the signal came too late or before any price. `refused`: the
        operator's limits kept its order back."""
        if received_at > terms.valid_until or self.close is None:
            return None
        self.tickets.clear()
        self._guarding = terms if guarded(terms) else None
        sized = size_at(
            terms.target_weight, terms.limit_price, holding=self.holding, mark=self.close,
            instrument=self._instrument, rules=self._rules,
        )  # fmt: skip
        if sized.outcome == "ordered" and not refused:
            new = entry_order(terms, self._account_id, sized, cash=self.holding.cash)
            self._submit(new, received_at)
        return sized

    def meet(
        self, bar: Candle, close_at: datetime, consumed: Mapping[str, Decimal] | None = None
    ) -> Sequence[BarFill]:
        """Sections 1 to 6: the bar meets what rests; then protection follows the signal's fills. `consumed` as of
        `match_bar`, by the ids of the record."""
        self.close = bar.close
        if not self.tickets:
            return ()
        stated = consumed and {
            ticket.order_id: consumed[order_id]
            for ticket in self.tickets
            if (order_id := self._order_id(ticket.order_id)) in consumed
        }
        matching = self._matching
        self.tickets[:] = matching.match(bar, self.tickets, stated)
        for fill in matching.given:
            self.holding = book_fill(self.holding, fill)
        if self._guarding is not None:
            for fill in matching.given:
                self._protect(self._guarding, fill, close_at)
        self.given += matching.given
        return matching.given

    def mark(self, at: datetime) -> Mark:
        """Section 8."""
        exposure = Decimal(0) if self.close is None else self.holding.quantity * self.close
        return Mark(at, self.holding.cash + exposure, self.holding.cash, exposure)

    def _order_id(self, client_order_id: str) -> str:
        return derived("ord", self._account_id, client_order_id)

    def _submit(self, new: NewOrder, at: datetime) -> None:
        self._arrivals += 1
        self.tickets.append(
            Ticket(
                order_id=new.client_order_id,
                account_id=new.account_id,
                symbol=new.symbol,
                side=new.side,
                type=new.type,
                remaining=new.quantity,
                effective_at=whole_ms(at) + self._latency,
                limit_price=new.limit_price,
                stop_price=new.stop_price,
                group_id=new.group_id,
                budget=new.budget,
                expires_at=new.expires_at,
                sequence=self._arrivals,
            )
        )

    def _protect(self, terms: Terms, fill: BarFill, close_at: datetime) -> None:
        """Rule 7 of section 7."""
        if fill.order_id != terms.id:
            return
        self.tickets[:] = [ticket for ticket in self.tickets if ticket.group_id is None]
        leaving = sum((t.remaining for t in self.tickets if t.side == "sell"), Decimal(0))
        for new in protective_orders(
            terms, self._account_id, fill.number, held=self.holding.quantity - leaving,
            instrument=self._instrument,
        ):  # fmt: skip
            self._submit(new, close_at)
