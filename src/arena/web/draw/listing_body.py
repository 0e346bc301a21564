"""A listing's version as people read it: its words and prices by name, and what changed between two of them."""

from collections.abc import Mapping
from typing import Any

from arena.kit.money import Money
from arena.web.draw.differences import Difference, differences
from arena.web.page.numbers import money
from arena.web.page.words import N_, _, ngettext

WORDS = {
    "title": N_("Title"),
    "summary": N_("Summary"),
    "intended_use": N_("Intended use"),
    "method": N_("Method"),
    "risks": N_("Risks"),
}

THRESHOLDS = ("drawdown_max_pct", "weight_max_pct", "volatility_max_pct", "shortfall_errors_max")


def readable(body: Mapping[str, Any]) -> dict[str, str]:
    """The body of a version (`listings.Version.body`): every text and price under its name, in order."""
    texts = {_(name): str(body[key]) for key, name in WORDS.items()}
    tiers = body["tiers"]
    prices = {
        _("Price of %(tier)s", tier=tier.capitalize()): _price(tiers[tier])
        for tier in sorted(tiers, key=lambda name: int(tiers[name]["amount"]))
    }
    return {**texts, **prices, **_held(body.get("thresholds") or {})}


def listing_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What changed from one version's body to another's; a tier not sold in one of them has no text there."""
    return differences(readable(before), readable(after))


def _held(thresholds: Mapping[str, Any]) -> dict[str, str]:
    """What the feed is held to, where anything is."""
    fall, weight, swing, short = (thresholds.get(name) for name in THRESHOLDS)
    said = {
        _("Deepest fall promised"): fall and _("%(limit)s %%", limit=fall),
        _("Largest target promised"): weight and _("%(limit)s %% of equity", limit=weight),
        _("Volatility, drift from"): swing and _("%(limit)s %% of the back-test's", limit=swing),
        _("Returns, drift from"): short and _("%(limit)s standard errors below the back-test's", limit=short),
    }  # fmt: skip
    return {name: text for name, text in said.items() if text}


def _price(tier: Mapping[str, Any]) -> str:
    text = _("%(money)s a month", money=money(Money(int(tier["amount"]), tier["currency"])))
    if tier["seats"] is None:
        return text
    return f"{text} · {ngettext('%(count)s seat', '%(count)s seats', int(tier['seats']))}"
