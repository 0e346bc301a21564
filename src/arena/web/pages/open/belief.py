"""What is believed of a record, in four lines: each a figure, a scale that shows it, and a sentence of reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from arena.marketplace import trust
from arena.web.draw import scale
from arena.web.page import _
from arena.web.page.numbers import count, percent, ratio

SHARPE_BOUNDS = (-1.5, 2.5)
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Belief:
    """One line of the trust score."""

    name: str
    value: str
    drawing: Markup
    why: str


def beliefs_of(score: Mapping[str, Any]) -> list[Belief]:
    """Of a score as the daily rescore keeps it."""
    return [_mean(score), _interval(score), _probability(score), _days(score)]


def weight_of_record(score: Mapping[str, Any]) -> float | None:
    """The share the record has in the belief; the rest is the prior's. None where the record says nothing."""
    if score["sharpe"] is None or score["sharpe"] == score["prior_mean"]:
        return None
    share: float = (score["mean"] - score["prior_mean"]) / (score["sharpe"] - score["prior_mean"])
    return share


def _mean(score: Mapping[str, Any]) -> Belief:
    weight = weight_of_record(score)
    prior = ratio(score["prior_mean"])
    if weight is None:
        why = _(
            "The record says nothing yet: %(prior)s is what strategies of this kind come to on average.",
            prior=prior,
        )
    else:
        why = _(
            "Between %(prior)s, what strategies of this kind come to on average, and %(sharpe)s, what this record"
            " shows. After %(days)s days the record has %(weight)s of the say.",
            prior=prior, sharpe=ratio(score["sharpe"]), days=count(score["days"]), weight=percent(weight, 0),
        )  # fmt: skip
    value = ratio(score["mean"])
    label = _("%(mean)s on a scale of net annual Sharpe ratios", mean=value)
    drawing = scale(label, bounds=SHARPE_BOUNDS, point=score["mean"], marks=_marks(score))
    return Belief(_("Believed net Sharpe ratio"), value, drawing, why)


def _marks(score: Mapping[str, Any]) -> tuple[tuple[float, str], ...]:
    return (0.0, "0"), (score["threshold"], ratio(score["threshold"]))


def _interval(score: Mapping[str, Any]) -> Belief:
    low, high = ratio(score["low"]), ratio(score["high"])
    label = _("From %(low)s to %(high)s on the same scale", low=low, high=high)
    drawing = scale(
        label, bounds=SHARPE_BOUNDS, band=(score["low"], score["high"]), marks=_marks(score)
    )  # fmt: skip
    why = _(
        "The true ratio lies within, four times in five. The market sorts by the lower end, so a lucky month"
        " does not rise far."
    )
    return Belief(_("80 % interval"), _("%(low)s to %(high)s", low=low, high=high), drawing, why)


def _probability(score: Mapping[str, Any]) -> Belief:
    value, threshold = percent(score["probability_above"], 0), ratio(score["threshold"])
    drawing = scale(
        _("%(value)s of 100 %%", value=value),
        bounds=(0, 1),
        band=(0, score["probability_above"]),
        marks=((0.5, percent(0.5, 0)),),
    )
    why = _(
        "That the true ratio is above %(threshold)s, which is the middle of the score's range: 50 of 100.",
        threshold=threshold,
    )
    return Belief(_("Probability above %(threshold)s", threshold=threshold), value, drawing, why)


def _days(score: Mapping[str, Any]) -> Belief:
    value = count(score["days"])
    drawing = scale(
        _("%(days)s days of a year", days=value), bounds=(0, YEAR_DAYS), band=(0, score["days"]),
        marks=((trust.DAYS_MIN, str(trust.DAYS_MIN)), (YEAR_DAYS, _("a year"))),
    )  # fmt: skip
    why = _(
        "Daily returns that all this rests on. Under %(least)s nothing is scored; each further day narrows"
        " the interval.",
        least=trust.DAYS_MIN,
    )
    return Belief(_("Days known"), value, drawing, why)
