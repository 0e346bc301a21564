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


CHART = (
    # What the gateway holds for the arena.
    Rule(re.compile(r"gateway:[a-z]+:balance"), DEBIT, False),
    # What creators have earned: pending until the hold is over, then available. Only what is available
    # can be paid out, therefore only that one may never be overdrawn.
    Rule(re.compile(rf"creator:{_ID}:pending"), CREDIT, False),
    Rule(re.compile(rf"creator:{_ID}:available"), CREDIT, True),
    Rule(re.compile(r"platform:fee_income"), CREDIT, False),
    # What customers are owed back.
    Rule(re.compile(rf"customer:{_ID}:refund_due"), CREDIT, True),
)


def rule_of(code: str) -> Rule:
    """Raises UnknownAccount where no rule of the chart matches."""
    for rule in CHART:
        if rule.pattern.fullmatch(code):
            return rule
    raise UnknownAccount(code=code)
