"""Signals as rows of a page, and what stands between them where a sequence number is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from arena.kit.clock import from_iso
from arena.web.page import N_, _
from arena.web.page.numbers import percent

PRICES = (
    ("limit_price", N_("limit %(price)s")),
    ("stop_price", N_("stop %(price)s")),
    ("take_profit_price", N_("take profit %(price)s")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A signal as its reader may see it. `before` is the weight that the one before asked for; `over` says that
    it is not to be acted on any more."""

    sequence: int
    issued_at: datetime
    valid_until: datetime
    over: bool
    weight: Decimal
    before: Decimal | None
    prices: tuple[str, ...]
    confidence: Decimal
    rationale: str | None
    log_index: int
    hash: str

    @property
    def words(self) -> str:
        """The target in words and as a number: flat, long 60 %."""
        return _("long %(share)s", share=share(self.weight)) if self.weight else _("flat")

    @property
    def step(self) -> Decimal | None:
        return None if self.before is None else self.weight - self.before

    @property
    def points(self) -> str:
        """The step's size in percentage points."""
        return share(abs(self.step or Decimal(0))).removesuffix(" %")


@dataclass(frozen=True, slots=True)
class Gap:
    """Sequence numbers that should be here and are not."""

    first: int
    last: int

    @property
    def numbers(self) -> str:
        return f"#{self.first}" if self.first == self.last else f"#{self.first} – #{self.last}"


def rows(items: Sequence[Mapping[str, Any]], now: datetime) -> list[Row]:
    """In the order given, which is that of the sequence; as of that product time."""
    made: list[Row] = []
    for item in items:
        follows = made and made[-1].sequence + 1 == item["sequence"]
        made.append(_row(item, now, made[-1].weight if follows else None))
    return made


def lines(
    items: Sequence[Mapping[str, Any]], now: datetime, *, after: int, until: int
) -> list[Row | Gap]:
    """Newest first: every number above `after`, up to `until`, is a row or lies in a gap.

    Signals at or below `after` are not shown; the one at `after` says what its follower changed.
    """
    found: list[Row | Gap] = []
    expected = after + 1
    for row in rows(items, now):
        if not after < row.sequence <= until:
            continue
        if row.sequence > expected:
            found.append(Gap(expected, row.sequence - 1))
        found.append(row)
        expected = row.sequence + 1
    if expected <= until:
        found.append(Gap(expected, until))
    return found[::-1]


def share(weight: Decimal) -> str:
    """A weight as per cent with as many digits as it has: 60 %, 62.5 %."""
    digits = max(0, -int((weight * 100).normalize().as_tuple().exponent))
    return percent(weight, min(digits, 4))


def _row(item: Mapping[str, Any], now: datetime, before: Decimal | None) -> Row:
    signal = item["signal"]
    valid_until = from_iso(signal["valid_until"])
    return Row(
        sequence=item["sequence"],
        issued_at=from_iso(item["issued_at"]),
        valid_until=valid_until,
        over=valid_until <= now,
        weight=Decimal(signal["target_weight"]),
        before=before,
        prices=tuple(
            _(words, price=f"{Decimal(signal[name]):,f}")
            for name, words in PRICES
            if signal[name] is not None
        ),
        confidence=Decimal(signal["confidence"]),
        rationale=signal["rationale"],
        log_index=item["log_index"],
        hash=item["hash"],
    )
