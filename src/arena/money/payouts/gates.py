"""The gates of a payout: each passed, or with what is the matter; the payee sees all of them."""

from datetime import timedelta

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import earnings
from arena.money.payouts import store
from arena.money.payouts.books import books_hold
from arena.money.payouts.model import Checklist, Gate, GateName, Paper, PaperKind

BETWEEN = timedelta(hours=24)


async def checklist(tx: Tx, person_id: str, settings: Settings) -> Checklist:
    """Everything that a payout needs, in the order in which a payee goes through it."""
    papers = await store.papers(tx, person_id)
    has = await earnings.earnings(tx, person_id, earnings.Hold.of(settings))
    least = Money(settings.payout_cents_min)
    gates = [
        _paper_gate(tx, "identity", papers),
        _paper_gate(tx, "tax_form", papers),
        _account_gate(tx, papers, settings.payout_gateway),
        await _stop_gate(tx, person_id),
        await _reconciled_gate(tx),
        await _interval_gate(tx, person_id),
        Gate("amount", True) if has.payable.minor >= least.minor else Gate(
            "amount", False, "short", until=has.next_at
        ),
    ]  # fmt: skip
    return Checklist(gates, has.payable, least)


def _paper_gate(tx: Tx, kind: PaperKind, papers: dict[PaperKind, Paper]) -> Gate:
    name: GateName = kind
    found, identity = papers.get(kind), papers.get("identity")
    if found is None:
        return Gate(name, False, "none")
    if found.state == "accepted" and found.expires_at is not None and found.expires_at <= tx.now:
        return Gate(name, False, "expired")
    if found.state != "accepted":
        return Gate(name, False, found.state, detail=found.reason or "")
    # Money that goes by another name than the one whose identity was looked at is how accounts are stolen.
    if identity is not None and _folded(found.name) != _folded(identity.name):
        return Gate(name, False, "other_name", detail=identity.name)
    return Gate(name, True)


def _account_gate(tx: Tx, papers: dict[PaperKind, Paper], gateway: str) -> Gate:
    found = papers.get("account")
    if found is not None and found.state == "accepted" and found.form != gateway:
        return Gate("account", False, "other_gateway", detail=gateway)
    return _paper_gate(tx, "account", papers)


async def _stop_gate(tx: Tx, person_id: str) -> Gate:
    stops = await store.stops(tx, person_id)
    if stops:
        return Gate("no_stop", False, "stopped", detail=stops[0].reason)
    return Gate("no_stop", True)


async def _reconciled_gate(tx: Tx) -> Gate:
    holds = await books_hold(tx)
    return Gate("reconciled", True) if holds else Gate("reconciled", False, "unmatched")


async def _interval_gate(tx: Tx, person_id: str) -> Gate:
    if await store.under_way(tx, person_id) is not None:
        return Gate("interval", False, "under_way")
    last = await store.last(tx, person_id)
    if last is not None and last.asked_at + BETWEEN > tx.now:
        return Gate("interval", False, "early", until=last.asked_at + BETWEEN)
    return Gate("interval", True)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
