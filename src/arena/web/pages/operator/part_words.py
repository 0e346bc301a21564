"""Each part of the arena in words: how it is, what that means, and what to do where it is not in order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from arena.kit.clock import from_iso
from arena.web.page import N_, _, ngettext
from arena.web.pages.operator.gateway_words import gateway_words
from arena.web.views.parts import Parts

Facts = dict[str, Any]
Said = tuple[str, str, str, str]  # how it is, what it means, what to do, where
STATUS = {
    "ok": (N_("in order"), "good"),
    "degraded": (N_("look at it"), "warn"),
    "down": (N_("down"), "bad"),
}
TITLES = {
    "database": N_("Database"),
    "prices": N_("Prices"),
    "venues": N_("Exchanges"),
    "feeds": N_("Feeds"),
    "language_models": N_("Language models"),
    "hosting": N_("Hosted strategies"),
    "market": N_("Market"),
    "delivery": N_("Delivery"),
    "log": N_("Transparency log"),
    "ledger": N_("Ledger"),
    "gateway": N_("Payment gateway"),
    "reactions": N_("Reactions"),
    "mail": N_("Mail"),
}


@dataclass(frozen=True, slots=True)
class PartInWords:
    """`advice` is empty where there is nothing to do; `path` leads to where one can do it."""

    name: str
    title: str
    status: str
    tone: str
    says: str
    means: str
    advice: str = ""
    path: str = ""


def in_words(parts: Parts) -> list[PartInWords]:
    """Every part; one that is not known here is named as it is."""
    return [_in_words(name, facts) for name, facts in parts.items()]


def _in_words(name: str, facts: Facts) -> PartInWords:
    status, tone = STATUS.get(str(facts.get("status")), STATUS["degraded"])
    says, means, advice, path = _SPEAKERS.get(name, _other)(facts)
    return PartInWords(
        name, _(TITLES.get(name, name)), _(status), tone, says, means, advice, path
    )  # fmt: skip


def _database(_facts: Facts) -> Said:
    return _("answers transactions"), _("The only store of truth; all else can be lost."), "", ""


def _prices(facts: Facts) -> Said:
    means = _("Everything follows from closed bars: fills, marks, decisions, product time.")
    if not facts.get("source"):
        return (
            _("no tape has been opened yet"), means,
            _("Start a worker: `arena up`, or `arena up --part worker` beside this one."), "",
        )  # fmt: skip
    says = _("%(source)s: %(reason)s", source=facts["source"], reason=facts["reason"])
    if facts["status"] != "ok":
        return (
            says, means,
            _(
                "No bar has come for three bar lengths. Look at the worker's log, and whether the exchange"
                " answers from this machine; the tape makes up for missed bars by itself."
            ), "#tape",
        )  # fmt: skip
    if facts.get("ended_at"):
        return (
            says, means,
            _(
                "The tape has ended: nothing new will happen. Start again with `arena db reset`, point ARENA_DATA"
                " at more prices, or go live with ARENA_SOURCE=live."
            ), "#tape",
        )  # fmt: skip
    return says, means, "", "#tape"


def _venues(facts: Facts) -> Said:
    means = _("Real exchanges that collectives trade at with keys of their own.")
    if not facts["accounts"]:
        return _("no account is traded live"), means, "", ""
    says = ngettext("%(count)s live account", "%(count)s live accounts", facts["accounts"])
    for one in facts["exchanges"]:
        says += f", {one['name']}: {one['state']}"
    if facts["status"] == "ok":
        return says, means, "", ""
    says += ", " + _(
        "%(unknown)s orders of unknown fate, %(differences)s open differences",
        unknown=facts["unknown_orders"], differences=facts["differences"],
    )  # fmt: skip
    return (
        says, means,
        _(
            "Unknown orders are asked about by themselves. Look into each difference at"
            " `GET /live-trading/differences`, and at the worker's log where an exchange does not answer."
        ), "",
    )  # fmt: skip


def _feeds(facts: Facts) -> Said:
    feeds = ngettext("%(count)s feed open", "%(count)s feeds open", facts["open"])
    signals = ngettext("%(count)s signal so far", "%(count)s signals so far", facts["signals"])
    return f"{feeds}, {signals}", _("Streams of signed signals, and the records they make."), "", ""


def _hosting(facts: Facts) -> Said:
    means = _("Creators' own strategies, each run in a process behind the kernel's walls.")
    if not facts["on"]:
        return _("off; creators run their own"), means, "", "/operator/hosting"
    if not facts["works"]:
        return (
            _("on, but it does not work: %(why)s", why=facts["why"] or _("no worker has tried it")), means,
            _(
                "The worker needs Linux on x86-64 or arm64 with seccomp. Cards of own models stay self-reported, and"
                " hosted feeds keep their last target meanwhile; set ARENA_HOST_STRATEGIES=false to offer none of it."
            ), "/operator/hosting",
        )  # fmt: skip
    kept = ngettext("%(count)s strategy", "%(count)s strategies", facts["strategies"])
    says = f"{kept}, " + ngettext("%(count)s feed", "%(count)s feeds", facts["feeds"])
    if facts["waiting"]:
        says += ", " + _("%(count)s to be checked", count=f"{facts['waiting']:,}")
    if not facts["failed"]:
        return says, means, "", "/operator/hosting"
    return (
        says + ", " + _("%(count)s given up today", count=f"{facts['failed']:,}"), means,
        _("Their owners have a letter with the reason; there is nothing for you to mend."), "/operator/hosting",
    )  # fmt: skip


def _language_models(facts: Facts) -> Said:
    means = _(
        "Strategists that are asked at each bar and cost money; without them nothing else changes."
    )
    state, path = facts["state"], "/studio/language-models"
    says = ngettext("%(count)s at work", "%(count)s at work", facts["working"])
    if state == "off":
        return _("off (no key)"), means, "", path if facts["working"] else ""
    if state == "budget":
        return f"{says}, {_('budget spent until 00:00 UTC')}", means, "", path
    if state == "resting":
        return f"{says}, {_('the tape is played faster than they may answer')}", means, "", path
    if state != "failing":
        return says, means, "", path
    since = from_iso(facts["since"])
    return (
        _("the model's API fails since %(since)s", since=f"{since:%d %b %H:%M} UTC"), means,
        _(
            "Each model holds its target meanwhile. See the last decisions for what the API answered; if it does"
            " not take the key, set ARENA_LANGUAGE_MODEL_KEY anew and start the worker again."
        ), path,
    )  # fmt: skip


def _market(facts: Facts) -> Said:
    offered = ngettext(
        "%(count)s listing on offer", "%(count)s listings on offer", facts["listings"]
    )
    paid = ngettext("%(count)s subscription", "%(count)s subscriptions", facts["subscriptions"])
    return f"{offered}, {paid}", _("What is sold, and to how many."), "", "/market"


def _delivery(facts: Facts) -> Said:
    says = ngettext(
        "%(count)s stream open in this process", "%(count)s streams open in this process", facts["sockets"]
    )  # fmt: skip
    return says, _("Sockets of subscribers; other web processes count their own."), "", ""


def _log(facts: Facts) -> Said:
    says = ngettext("%(count)s entry", "%(count)s entries", facts["entries"])
    means = _("Every signal and every version of a listing is committed to before it counts.")
    return says, means, "", "/log/checkpoint"


def _ledger(facts: Facts) -> Said:
    means = _("Every journal sums to zero, so all of them do.")
    if not facts["sum"]:
        return _("sums to zero"), means, "", "/ledger/trial-balance"
    return (
        _("off by %(sum)s minor units", sum=f"{facts['sum']:,}"), means,
        _(
            "Money has appeared or vanished. Stop the arena before anything else is charged, keep a copy of the"
            " database, and compare the accounts with their entries in the trial balance."
        ), "/ledger/trial-balance",
    )  # fmt: skip


def _reactions(facts: Facts) -> Said:
    means = _("What follows from each fact; one that fails eight times is a dead letter.")
    pending = _("%(count)s in line", count=f"{facts['pending']:,}")
    if not facts["dead_letters"]:
        return pending, means, "", "/operator/dead-letters"
    dead = ngettext("%(count)s dead letter", "%(count)s dead letters", facts["dead_letters"])
    return (
        f"{pending}, {dead}", means,
        _("Read their errors, mend the cause, then replay them."), "/operator/dead-letters",
    )  # fmt: skip


def _other(facts: Facts) -> Said:
    said = ", ".join(f"{name} {value}" for name, value in facts.items() if name != "status")
    return said, "", "", ""


_SPEAKERS: dict[str, Callable[[Facts], Said]] = {
    "database": _database,
    "prices": _prices,
    "venues": _venues,
    "feeds": _feeds,
    "language_models": _language_models,
    "hosting": _hosting,
    "market": _market,
    "delivery": _delivery,
    "log": _log,
    "ledger": _ledger,
    "gateway": gateway_words,
    "reactions": _reactions,
}
