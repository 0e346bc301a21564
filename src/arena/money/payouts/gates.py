"""The gates of a payout: each passed, or with what is the matter; the payee sees all of them."""

from datetime import timedelta

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import billing, due_diligence, earnings
from arena.money.payouts import store
from arena.money.payouts.books import books_hold
from arena.money.payouts.identity_checks import CHECKS
from arena.money.payouts.model import Checklist, Gate, GateName, Paper, PaperKind, Payout

BETWEEN = timedelta(hours=24)
_SANCTIONS = {"waiting": "unscreened", "looked_into": "looked_into", "confirmed": "confirmed"}


async def checklist(tx: Tx, person_id: str, settings: Settings) -> Checklist:
    """Everything that a payout needs, in the order in which a payee goes through it."""
    has = await earnings.earnings(tx, person_id, earnings.Hold.of(settings))
    least = Money(settings.payout_cents_min)
    gates = [
        *await _lasting(tx, person_id, settings.payout_gateway, settings.identity_check),
        await _interval_gate(tx, person_id),
        Gate("amount", True) if has.payable.minor >= least.minor else Gate(
            "amount", False, "short", until=has.next_at
        ),
    ]  # fmt: skip
    return Checklist(gates, has.payable, least)


async def closed_gates(tx: Tx, one: Payout, *, identity_check: str) -> list[Gate]:
    """What keeps a payout that was asked for from going on now: what came to light since then counts. All gates but
    those of asking, interval and amount; the account is that of the gateway by which it goes."""
    gates = await _lasting(tx, one.person_id, one.gateway, identity_check)
    return [gate for gate in gates if not gate.passed]


async def _lasting(tx: Tx, person_id: str, gateway: str, identity_check: str) -> list[Gate]:
    """Those that have to be open until the money is sent."""
    papers = await store.papers(tx, person_id)
    return [
        await CHECKS[identity_check].gate(tx, papers.get("identity")),
        await _sanctions_gate(tx, person_id),
        _paper_gate(tx, "tax_form", papers),
        await _account_gate(tx, papers, gateway),
        await _stop_gate(tx, person_id),
        await _reconciled_gate(tx),
    ]


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
    if identity is not None and not due_diligence.same_name(found.name, identity.name):
        return Gate(name, False, "other_name", detail=identity.name)
    return Gate(name, True)


async def _sanctions_gate(tx: Tx, person_id: str) -> Gate:
    """A case is decided by a person; a name that was not compared yet waits some seconds for it."""
    standing, case = await due_diligence.standing_of(tx, person_id)
    if standing in ("clear", "unlisted"):
        return Gate("sanctions", True, "passed", detail=standing)
    return Gate("sanctions", False, _SANCTIONS[standing], detail=case.reason or "" if case else "")


async def _account_gate(tx: Tx, papers: dict[PaperKind, Paper], gateway: str) -> Gate:
    found = papers.get("account")
    if found is not None and found.state == "accepted" and found.form != gateway:
        return Gate("account", False, "other_gateway", detail=gateway)
    named = _paper_gate(tx, "account", papers)
    if found is None or found.form != "stripe" or not named.passed:
        return named
    there = await billing.connected_account(tx, found.person_id, found.form)
    if there is None or there.closed:
        return Gate("account", False, "closed_there", detail=there.problem or "" if there else "")
    if not there.details_submitted:
        return Gate("account", False, "unfinished")
    if there.due:
        return Gate("account", False, "due_there", detail=str(len(there.due)), until=None)
    return Gate("account", True) if there.ready else Gate("account", False, "checked_there")


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
