"""The chart of accounts: which codes there may be, which side is theirs, which may not be overdrawn."""

import re
from dataclasses import dataclass

from arena.money.ledger.model import UnknownAccount

DEBIT, CREDIT = 1, -1
_ID = r"[a-z]+_[0-9a-z]+"


@dataclass(frozen=True, slots=True)
class Rule:
    """Accounts whose code matches `pattern`; `normal` is +1 for debit-normal and -1 for credit-normal."""

    pattern: re.Pattern[str]
    normal: int
    no_overdraft: bool
    about: str


def _rule(shape: str, normal: int, about: str, *, no_overdraft: bool = False) -> Rule:
    return Rule(re.compile(shape.replace("{id}", _ID)), normal, no_overdraft, about)


CHART = (
    _rule(r"gateway:[a-z]+:balance", DEBIT, "What a gateway holds for the arena."),
    _rule(r"dispute:held", DEBIT, "What gateways keep back while charges are disputed."),
    _rule(r"receivable:{id}", DEBIT, "What a customer owes: usage, minimums, fees that are due."),
    _rule(r"processor_fees", DEBIT, "What gateways took for their work."),
    _rule(r"creator:{id}:pending", CREDIT, "Earned, on hold against refunds."),
    # Only what is available can be paid out, therefore it may never be overdrawn; what a creator owes
    # stands on an account of its own and is settled first from what becomes available next.
    _rule(r"creator:{id}:available", CREDIT, "Earned, free to be paid out.", no_overdraft=True),
    _rule(r"creator:{id}:clawback", DEBIT, "Owed by a creator: refunds and disputes after a payout."),
    _rule(r"creator:{id}:disputed", CREDIT, "A creator's part of disputed charges.", no_overdraft=True),
    _rule(r"payout:in_transit", CREDIT, "Sent to creators, not arrived yet.", no_overdraft=True),
    _rule(r"payout:connected", DEBIT, "Moved to creators' own accounts at a gateway, not at their banks yet.",
          no_overdraft=True),
    _rule(r"platform:fee_income", CREDIT, "The arena's share."),
    _rule(r"customer:{id}:refund_due", CREDIT, "What a customer is owed back.", no_overdraft=True),
    _rule(r"tax_payable:[a-z]{2}", CREDIT, "Tax collected for a country."),
    _rule(r"rounding", DEBIT, "Cents that somebody rounded elsewhere: adjustments alone move it."),
)  # fmt: skip


def rule_of(code: str) -> Rule:
    """Raises UnknownAccount where no rule of the chart matches."""
    for rule in CHART:
        if rule.pattern.fullmatch(code):
            return rule
    raise UnknownAccount(code=code)
