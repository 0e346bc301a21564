"""/design: every component on one page, in every state, for whoever changes how the arena looks."""

from datetime import datetime, timedelta
from decimal import Decimal
from math import sin
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from arena.kit.money import Money
from arena.people.access import public
from arena.web.draw import (
    Level,
    Phase,
    differences,
    equity_figure,
    equity_label,
    monthly_table,
    sparkline,
)
from arena.web.page import Filled, Form, Pages, VisitDep

routes = Pages()


@routes.get("/design", gate=public("how the pages are built is no secret"))
async def design(visit: VisitDep) -> Response:
    """What stands here is made up; only the components are real."""
    wrong: Filled[Form] = Filled(
        {"email": "ada at example"}, {"email": "This does not look right."}, None, None
    )
    now = visit.tx.now
    return visit.page(
        "open/design.html", empty=Filled[Form](), wrong=wrong, now=now, price=Money(9_900),
        line=sparkline([100, 101, 99, 104, 108, 107, 112], "Equity over 7 days, +12.0 % net"),
        curve=_curve(now), years=monthly_table([("2026-01", 0.031), ("2026-02", -0.012), ("2026-03", 0.0)]),
        changed=differences(
            {"Summary": "Follows the trend of Bitcoin.", "Pro": "$99"},
            {"Summary": "Follows the trend of Bitcoin with two averages.", "Pro": "$79"},
        ),
        signal=_signal(now),
    )  # fmt: skip


def _curve(now: datetime) -> Markup:
    levels = [
        Level(now - timedelta(days=90 - day), 100_000 * (1 + 0.001 * day + 0.03 * sin(day / 7)))
        for day in range(91)
    ]
    phases = [
        Phase("burn_in", levels[0].at, levels[30].at),
        Phase("forward", levels[30].at, levels[-1].at),
    ]
    return equity_figure(levels, phases, equity_label(levels, "USD"))


def _signal(now: datetime) -> dict[str, Any]:
    return {
        "sequence": 7, "issued_at": now, "valid_until": now + timedelta(hours=1), "over": False,
        "weight": Decimal("0.6"), "words": "long 60 %", "step": Decimal("0.2"), "points": "20",
        "prices": ("stop 41,000",), "rationale": "An example of a reason.", "confidence": Decimal("0.7"),
        "log_index": 43, "hash": "8f258b8dc8dfbef72944fed265bb5823853e63dea9d6a35c65eabe835cb227c4",
    }  # fmt: skip
