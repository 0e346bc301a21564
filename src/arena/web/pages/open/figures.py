"""The six figures a record is judged by, in words, each with its interval where one can be given."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from arena.trading.performance import Interval
from arena.web.page import _, ngettext
from arena.web.page.numbers import change, percent, ratio, signed_percent
from arena.web.views.record import Record

CAGR_DAYS_MIN = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is shown; `interval` and `note` are empty where there is none."""

    name: str
    value: str | Markup
    interval: str = ""
    note: str = ""


def figures_of(record: Record) -> list[Figure]:
    """Of a record that has been measured."""
    metrics, within = record.metrics, record.intervals
    assert metrics is not None
    assert within is not None
    sharpe = None
    if metrics["sharpe_low"] is not None:
        sharpe = Interval(metrics["sharpe_low"], metrics["sharpe_high"])
    days = record.days or 0
    return [
        Figure(_("Net Sharpe, annual"), ratio(metrics["sharpe"]), _between(sharpe, ratio)),
        Figure(
            _("Net return, annualised"), change(metrics["cagr"]), _between(within.cagr, signed_percent),
            _("from %(days)s days of record on", days=CAGR_DAYS_MIN) if metrics["cagr"] is None else "",
        ),
        Figure(
            _("Volatility, annual"), percent(metrics["volatility"]), _between(within.volatility, percent)
        ),
        Figure(
            _("Worst drawdown so far"), percent(metrics["max_drawdown"]),
            note=_("a deeper one may come"),
        ),
        Figure(
            _("Winning days"), percent(metrics["hit_rate"], 0), _between(within.hit_rate, _whole),
            _("of the days that moved"),
        ),
        Figure(
            _("Length of record"), ngettext("%(count)s day", "%(count)s days", days),
            note=ngettext("%(count)s signal so far", "%(count)s signals so far", record.signals),
        ),
    ]  # fmt: skip


def _whole(value: float) -> str:
    return percent(value, 0)


def _between(interval: Interval | None, spelt: Callable[[float], str]) -> str:
    if interval is None:
        return ""
    return _("%(low)s to %(high)s", low=spelt(interval.low), high=spelt(interval.high))
