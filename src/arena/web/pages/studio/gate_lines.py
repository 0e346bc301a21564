"""The checklist's lines: burn-in from what is known at once, integrity from a check that was run, or not yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from arena.marketplace import listings
from arena.signals import feeds
from arena.web.page import N_, _

# In the order they are checked. Chain and record take seconds, the others are known at once; the last four are asked
# of a listing with a model card.
NAMES = {
    "feed_open": N_("The feed is open"),
    "burn_in_days": N_("Days of forward record"),
    "burn_in_fills": N_("Fills"),
    "chain": N_("Signatures, chain and log hold"),
    "record": N_("The record computes again to the digit"),
    "trials": N_("Trials are registered"),
    "card_lineage": N_("The model card is of the feed's lineage"),
    "disclosures": N_("Disclosures are complete"),
    "identity": N_("Somebody answers for it"),
}
SLOW = ("chain", "record")


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate: passed, failed, or not looked at. `done` of `needed` where it is a matter of counting."""

    name: str
    title: str
    state: Literal["good", "bad", ""]
    detail: str
    done: int | None = None
    needed: int | None = None


def known_lines(
    feed: feeds.Feed, burn_in: listings.BurnIn, of_card: Iterable[listings.Gate] = ()
) -> list[GateLine]:
    """What costs nothing to know, and the slow ones as not looked at; `of_card` are the gates of a model card."""
    return [
        _line("feed_open", feed.status == "open", _words(feed)),
        *_burn_in(burn_in),
        *(
            GateLine(name, _(NAMES[name]), "", _("Computed when you run the checks, and when you submit."))
            for name in SLOW
        ),
        *(_line(gate.name, gate.passed, gate.detail) for gate in of_card),
    ]  # fmt: skip


def checked_lines(
    gates: Iterable[listings.Gate | Mapping[str, Any]], burn_in: listings.BurnIn | None = None
) -> list[GateLine]:
    """What a check found, now or at submission; with `burn_in` its counts are those of this moment."""
    counted = {line.name: line for line in _burn_in(burn_in)} if burn_in else {}
    found = [g if isinstance(g, listings.Gate) else listings.Gate(**g) for g in gates]
    return [counted.get(gate.name) or _line(gate.name, gate.passed, gate.detail) for gate in found]


def _burn_in(burn_in: listings.BurnIn) -> list[GateLine]:
    days = (
        _("Since the first signal arrived.")
        if burn_in.begun
        else _("It begins with the first signal.")
    )
    return [
        _line(
            "burn_in_days", burn_in.enough_days, days, done=burn_in.days, needed=burn_in.days_min
        ),
        _line(
            "burn_in_fills", burn_in.enough_fills, _("Trades of the reference account that follows the feed."),
            done=burn_in.fills, needed=burn_in.fills_min,
        ),
    ]  # fmt: skip


def _words(feed: feeds.Feed) -> str:
    if feed.status == "open":
        return _("It takes signals.")
    return _("It was closed and takes no more signals: what nobody publishes to cannot be offered.")


def _line(
    name: str, passed: bool, detail: str, *, done: int | None = None, needed: int | None = None
) -> GateLine:
    title = _(NAMES.get(name, name))
    return GateLine(name, title, "good" if passed else "bad", detail, done, needed)
