"""Profit and loss by day as a drawing with its words."""

from collections.abc import Sequence

from markupsafe import Markup

from arena.trading.performance import DayPnl
from arena.web.draw import Bar, bar_figure
from arena.web.page import _
from arena.web.page.numbers import worth


def drawn_days(days: Sequence[DayPnl], quote: str) -> Markup:
    """One bar a day, oldest first; nothing for fewer than two days."""
    if len(days) < 2:
        return Markup("")
    best, worst = max(day.pnl for day in days), min(day.pnl for day in days)
    label = _(
        "Profit and loss by day from %(start)s to %(end)s: %(gains)s days of gain, %(losses)s of loss; best day"
        " %(best)s, worst %(worst)s.",
        start=days[0].day.isoformat(), end=days[-1].day.isoformat(), gains=sum(d.pnl > 0 for d in days),
        losses=sum(d.pnl < 0 for d in days), best=worth(best, quote), worst=worth(worst, quote),
    )  # fmt: skip
    bars = [
        Bar(day.day, float(day.pnl), f"{day.day.isoformat()}: {worth(day.pnl, quote)}")
        for day in days
    ]
    return bar_figure(bars, label, high=worth(best, quote), low=worth(worst, quote))
