"""What Stripe's objects of Connect mean to us: pure, and the only place that knows their fields."""

from datetime import UTC, datetime
from typing import Any, Literal

from arena.kit.money import Money
from arena.money.billing.stripe.model import BankPayout, Standing, Transferred
from arena.money.billing.stripe.read import Thing, key_of, plain

__all__ = ["bank_payout", "key_of", "plain", "standing", "transferred"]
PAYOUT_STATES: dict[str, Literal["under_way", "paid", "failed"]] = {
    "paid": "paid", "failed": "failed", "canceled": "failed",
}  # fmt: skip


def standing(found: Any) -> Standing:
    """Of an account; what is past due stands first."""
    account = plain(found)
    wants = account.get("requirements") or {}
    past, now = wants.get("past_due") or [], wants.get("currently_due") or []
    deadline = wants.get("current_deadline")
    banks: list[Thing] = (account.get("external_accounts") or {}).get("data") or []
    chosen = [one for one in banks if one.get("default_for_currency")] or banks
    bank = chosen[0] if chosen else None
    able = (account.get("capabilities") or {}).get("transfers") == "active"
    return Standing(
        account["id"], account.get("country") or "", bool(account.get("payouts_enabled")) and able,
        bool(account.get("details_submitted")), tuple(dict.fromkeys((*past, *now))),
        tuple(wants.get("pending_verification") or ()),
        None if deadline is None else datetime.fromtimestamp(deadline, UTC), wants.get("disabled_reason"),
        None if bank is None else f"{bank['id']}/{bank.get('fingerprint') or ''}",
        "" if bank is None else _bank_words(bank),
    )  # fmt: skip


def _bank_words(bank: Thing) -> str:
    name = bank.get("bank_name") or bank.get("brand") or ""
    return f"{name} •••• {bank['last4']} ({str(bank.get('currency') or '').upper()})".strip()


def transferred(transfer: Thing, payment: Any) -> Transferred:
    line = plain(payment)["balance_transaction"]
    return Transferred(
        transfer["id"], Money(line["net"], line["currency"].upper()), bool(transfer["reversed"])
    )


def bank_payout(found: Any) -> BankPayout:
    payout = plain(found)
    state = PAYOUT_STATES.get(payout["status"], "under_way")
    trace = (payout.get("trace_id") or {}).get("value")
    why = payout.get("failure_message") or payout.get("failure_code") or payout["status"]
    return BankPayout(payout["id"], state, trace, why if state == "failed" else None)
