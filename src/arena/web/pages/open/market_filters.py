"""What the market is asked for: read leniently from the address, said in words, and written back as links."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from arena.kit.money import Money
from arena.marketplace import listings
from arena.web.page import N_, _
from arena.web.page.numbers import money

PATH = "/market"
VALUE_MAX = 100
SORTS: Mapping[str, str] = {
    "score": N_("What the record proves"), "newest": N_("Newest"), "price": N_("Price"),
}  # fmt: skip
# What is usually asked for, by field; an address may hold any other number.
STEPS: Mapping[str, tuple[tuple[int, ...], str]] = {
    "days": ((30, 60, 90, 180, 365), N_("%(value)s+ days")),
    "drawdown": ((5, 10, 15, 20, 30, 50), N_("up to %(value)s %%")),
    "price": ((29, 49, 99, 199, 499), N_("up to $%(value)s")),
}
_NAMES: Mapping[str, str] = {
    "q": N_("search words"), "instrument": N_("instrument"), "badge": N_("badge"),
    "days": N_("number of days"), "drawdown": N_("drawdown"), "price": N_("price"), "seats": N_("seats"),
    "sort": N_("order"),
}  # fmt: skip
# What marketplace/listings/badges.py says of badges, named here so that translators get it; a test holds both.
BADGE_WORDS = (
    N_("Forward"),
    N_("Every signal was signed and logged before the prices it met; a paper account followed it."),
    N_("Ranked"),
    N_("At least 30 days of record, enough to be scored at all."),
    N_("Proven"),
    N_(
        "The whole 80 % interval of its net Sharpe ratio lies above zero: more than luck, most likely."
    ),
    N_("Seasoned"),
    N_("At least 180 days of record, so more than one mood of the market."),
)
_CURSOR_MAX = 500


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is active, in words, and the address of the page without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Asked:
    """`values` by the name of the field, in the one spelling they have here; `unread` says what was passed over."""

    values: Mapping[str, str]
    unread: tuple[str, ...]
    after: str | None
    search: listings.Search

    @property
    def filters(self) -> int:
        """How many filters are active; the order is none."""
        return len([name for name in self.values if name != "sort"])

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def path(self, *, after: str | None = None, without: str | None = None) -> str:
        """The address of this view, from its first page unless said otherwise."""
        kept = {name: value for name, value in self.values.items() if name != without}
        if after is not None:
            kept["after"] = after
        return f"{PATH}?{urlencode(kept)}" if kept else PATH

    @property
    def all_dropped(self) -> str:
        kept = {name: value for name, value in self.values.items() if name == "sort"}
        return f"{PATH}?{urlencode(kept)}" if kept else PATH

    @property
    def chips(self) -> list[Chip]:
        return [
            Chip(_WORDS[name](value), self.path(without=name))
            for name, value in self.values.items()
            if name in _WORDS
        ]

    def options(self, name: str) -> list[tuple[str, str]]:
        """For a select: the usual values, and the one that is asked for where it is another."""
        usual, words = STEPS[name]
        asked = {self.values[name]} if name in self.values else set()
        values = sorted({str(value) for value in usual} | asked, key=Decimal)
        return [(value, _(words, value=value)) for value in values]


def read(query: Mapping[str, str]) -> Asked:
    """What cannot be read is passed over, with a word about it; an empty field asks for nothing."""
    values: dict[str, str] = {}
    unread: list[str] = []
    wanted: dict[str, Any] = {}
    for name, reader in _READERS.items():
        stated = query.get(name, "").strip()
        if not stated:
            continue
        found = reader(stated) if len(stated) <= VALUE_MAX and stated.isprintable() else None
        if found is None:
            shown = stated if len(stated) <= 40 else stated[:40] + "…"
            unread.append(
                _("“%(value)s” cannot be read as %(name)s and was passed over.",
                  value="".join(c if c.isprintable() else "·" for c in shown), name=_(_NAMES[name]))
            )  # fmt: skip
        elif found:
            values[name], wanted[_FIELDS[name]] = found
    if values.get("sort") == "score":
        del values["sort"]
    after = query.get("after", "").strip()[:_CURSOR_MAX] or None
    return Asked(values, tuple(unread), after, replace(listings.Search(), **wanted))


_Read = tuple[str, Any]


def _text(stated: str) -> _Read:
    return stated, stated


def _badge(stated: str) -> _Read | None:
    return (stated, stated) if stated in listings.BADGES else None


def _days(stated: str) -> _Read | None:
    found = re.fullmatch(r"(\d{1,5})(?:\s*days?)?", stated, re.ASCII)
    return (str(int(found[1])), int(found[1])) if found else None


def _drawdown(stated: str) -> _Read | None:
    found = re.fullmatch(r"(\d{1,3}(?:[.,]\d{1,4})?)\s*%?", stated, re.ASCII)
    per_cent = Decimal(found[1].replace(",", ".")) if found else Decimal(-1)
    return (_plain(per_cent), float(per_cent) / 100) if 0 <= per_cent <= 100 else None


def _price(stated: str) -> _Read | None:
    found = re.fullmatch(r"\$?\s*(\d{1,7}(?:\.\d{1,2})?)", stated, re.ASCII)
    if not found:
        return None
    dollars = Decimal(found[1])
    return _plain(dollars), int(dollars * 100)


def _seats(stated: str) -> _Read | None:
    return ("left", True) if stated.lower() in ("left", "true", "on", "1", "yes") else None


def _sort(stated: str) -> _Read | None:
    return (stated, stated) if stated in SORTS else None


def _plain(number: Decimal) -> str:
    """Without trailing zeros: 29, 29.5."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_READERS: Mapping[str, Callable[[str], _Read | None]] = {
    "q": _text, "instrument": _text, "badge": _badge, "days": _days, "drawdown": _drawdown,
    "price": _price, "seats": _seats, "sort": _sort,
}  # fmt: skip
_FIELDS = {
    "q": "words", "instrument": "instrument", "badge": "badge", "days": "history_days_min",
    "drawdown": "drawdown_max", "price": "price_max", "seats": "seats_left", "sort": "sort",
}  # fmt: skip
_WORDS: Mapping[str, Callable[[str], str]] = {
    "q": lambda v: f"“{v}”",
    "instrument": lambda v: v,
    "badge": lambda v: _(listings.BADGES[v].title),
    "days": lambda v: _("at least %(days)s days", days=v),
    "drawdown": lambda v: _("drawdown at most %(most)s %%", most=v),
    "price": lambda v: _("at most %(price)s a month", price=money(Money(int(Decimal(v) * 100)))),
    "seats": lambda v: _("seats left"),
}
