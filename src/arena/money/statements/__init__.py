"""Statements: each creator's month, closed once, adding up to the cent, with its digest in the evidence log."""

from arena.money.statements.close import close, close_due
from arena.money.statements.files import (
    decimal_text,
    intact,
    signed,
    statement_csv,
    statement_pdf,
)
from arena.money.statements.letters import send_statement
from arena.money.statements.model import (
    DoesNotAddUp,
    NoSuchStatement,
    PeriodClosed,
    Statement,
    Yearly,
)
from arena.money.statements.read import first_of, statement, statements, yearly

__all__ = [
    "DoesNotAddUp",
    "NoSuchStatement",
    "PeriodClosed",
    "Statement",
    "Yearly",
    "close",
    "close_due",
    "decimal_text",
    "first_of",
    "intact",
    "send_statement",
    "signed",
    "statement",
    "statement_csv",
    "statement_pdf",
    "statements",
    "yearly",
]
