"""What a card's tests of luck ask, what they answer, and one plain sentence on each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arena.web.page import _
from arena.web.page.numbers import count, percent, ratio


@dataclass(frozen=True, slots=True)
class Question:
    """`answer` is the figure, a dash where there was too little to compute it from."""

    name: str
    meaning: str
    answer: str


def questions_of(figures: Mapping[str, Any]) -> Sequence[Question]:
    """In the order in which one would ask."""
    return (*_of_the_record(figures), *_beside_others(figures))


def _strict(luck: Mapping[str, Any]) -> Sequence[Question]:
    """Cards from before it was asked do not have it."""
    if "deflated_sharpe_strict" not in luck:
        return ()
    return (
        Question(
            _("Above nearly all luck? (DSR, strict)"),
            _(
                "The same against what the luckiest stays under in 95 of 100 searches: lucky winners come out under"
                " a half nearly always."
            ),
            percent(luck["deflated_sharpe_strict"]),
        ),
    )


def _of_the_record(figures: Mapping[str, Any]) -> Sequence[Question]:
    luck = figures["luck"]
    effective = luck["effective_trials"]
    return (
        Question(
            _("Configurations tried"),
            _(
                "The best of many looks good by luck alone. Those that behave alike count for less: they amount to"
                " %(some)s independent ones.",
                some=ratio(effective, 1),
            ),
            count(luck["trials"]),
        ),
        Question(
            _("Above zero? (PSR)"),
            _("How sure it is that the true Sharpe ratio is above zero, were this the only trial."),
            percent(luck["probabilistic_sharpe"]),
        ),
        Question(
            _("Above luck? (DSR)"),
            _(
                "The same after allowing for all trials: the luckiest of as many without skill would show a Sharpe"
                " ratio of %(luckiest)s. Two in five lucky winners come out over 50 %%, next to none over 95 %%.",
                luckiest=ratio(luck["luckiest_sharpe"]),
            ),
            percent(luck["deflated_sharpe"]),
        ),
        *_strict(luck),
        Question(
            _("Chance of overfitting (PBO)"),
            _(
                "How often the trial that was best on one half of the days was worse than most on the other."
            ),
            percent(luck["overfitting_probability"]),
        ),
    )


def _beside_others(figures: Mapping[str, Any]) -> Sequence[Question]:
    luck, twins, walked = figures["luck"], figures["twins"], figures["walk_forward"]
    days = luck["track_record_days_needed"]
    return (
        Question(
            _("Better than nothing? (Hansen, p)"),
            _("How often the best of trials that earn nothing would look as good as the best of these; small is good."),
            ratio(luck["superior_ability_p"], 3),
        ),
        Question(
            _("Better than holding? (Hansen, p)"),
            _("The same against just holding the instrument."),
            ratio(luck["superior_to_holding_p"], 3),
        ),
        Question(
            _("Better than chance? (null twins)"),
            _(
                "Its place among %(count)s traders who know nothing but trade as often, hold as long and pay the same.",
                count=count(twins["count"]),
            ),
            percent(twins["percentile"], 0),
        ),
        Question(
            _("Days needed"),
            _(
                "So many days of such a record would make it 95 %% sure that the Sharpe ratio is above zero; there are"
                " %(days)s.",
                days=count(len(walked["daily_returns"])),
            ),
            count(None if days is None else round(days)),
        ),
    )  # fmt: skip
