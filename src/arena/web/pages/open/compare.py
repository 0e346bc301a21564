"""Two accounts side by side, over the days both were open and no others."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Annotated

from fastapi import Query
from markupsafe import Markup
from starlette.responses import Response

from arena.kit.db import Tx
from arena.kit.errors import NotFound
from arena.people.access import public
from arena.trading import performance
from arena.trading.performance import PERIODS_DAYS, Comparison, Pair, Ranked
from arena.trading.portfolio import NoSuchAccount
from arena.web.draw import pair_figure, pair_label, scale
from arena.web.page import Pages, VisitDep, _
from arena.web.page.numbers import ratio
from arena.web.views.ranking import Line, lines_of

routes = Pages()
OFFERED_MAX = 200
Asked = Annotated[str, Query(max_length=100)]


class NoSuchPair(NotFound):
    """One of these accounts is on no board: it was never opened, or opened after the last midnight."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the page shows of two accounts. `span` is in days, None for all that both share."""

    first: Line
    second: Line
    pair: Pair
    span: int | None
    figure: Markup
    difference: Markup

    @property
    def leader(self) -> Line | None:
        return {"first": self.first, "second": self.second, None: None}[self.pair.leads]


@dataclass(frozen=True, slots=True)
class Offer:
    """An account that can be chosen."""

    account_id: str
    words: str


@routes.get(
    "/arena/compare", gate=public("what two records say of each other follows from what is public")
)
async def compare(visit: VisitDep, a: Asked = "", b: Asked = "", days: Asked = "") -> Response:
    """Without a second account one is chosen. Raises NoSuchPair."""
    tx = visit.tx
    span = int(days) if days in {str(n) for n in PERIODS_DAYS} else None
    compared = None
    if a and b and a != b:
        try:
            compared = await _compared(
                tx, await performance.compare(tx, a, b, span_days=span), span
            )
        except NoSuchAccount:
            raise NoSuchPair from None
    return visit.page(
        "open/compare.html", compared=compared, a=a, b=b, same=bool(a) and a == b, periods=PERIODS_DAYS,
        days_min=performance.DAYS_MIN, offers=await _offers(tx, (a, b)),
    )  # fmt: skip


async def _compared(tx: Tx, found: Comparison, span: int | None) -> Compared:
    first, second = await lines_of(tx, [found.first, found.second])
    pair = found.pair
    figure = Markup("")
    if pair.first and pair.second and pair.since and pair.until:
        levels = (pair.first.levels, pair.second.levels)
        label = pair_label((first.name, second.name), *levels)
        figure = pair_figure(*levels, since=pair.since, until=pair.until, label=label)
    return Compared(first, second, pair, span, figure, _difference(pair))


def _difference(pair: Pair) -> Markup:
    """The interval of the difference of both Sharpe ratios, zero marked."""
    value, low, high = pair.sharpe.value, pair.sharpe.low, pair.sharpe.high
    if value is None or low is None or high is None:
        return Markup("")
    reach = float(max(1, ceil(max(abs(low), abs(high)))))
    words = _(
        "The first's Sharpe ratio is ahead by %(value)s, 95 %% interval %(low)s to %(high)s",
        value=ratio(value), low=ratio(low), high=ratio(high),
    )  # fmt: skip
    marks = ((-reach, ratio(-reach, 0)), (0.0, "0"), (reach, ratio(reach, 0)))
    return scale(words, bounds=(-reach, reach), band=(low, high), point=value, marks=marks)


async def _offers(tx: Tx, chosen: Sequence[str]) -> list[Offer]:
    """The first accounts of the board, and those that were asked for."""
    board = await performance.leaderboard(tx)
    known = {line.account_id: line for line in board.lines[:OFFERED_MAX]}
    asked = [i for i in chosen if i and i not in known]
    found: list[Ranked] = [*(await performance.records(tx, asked)).values(), *known.values()]
    return [
        Offer(line.ranked.account_id, _words(line))
        for line in await lines_of(tx, [one for one in found if one.kind != "copier"])
    ]


def _words(line: Line) -> str:
    parts = [line.name]
    if line.ranked.kind == "collective":
        parts.append(_("own account"))
    elif not line.name.startswith(line.collective):
        parts.append(line.collective)
    if line.ranked.accounts_before:
        parts.append(_("number %(number)s", number=line.ranked.accounts_before + 1))
    return " · ".join(parts)
