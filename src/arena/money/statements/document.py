"""A closed month as a document: canonical JSON, whole cents as strings, no float on any way."""

from datetime import date
from typing import Any

from arena.kit.clock import from_iso, iso_ms
from arena.money.statements.model import ACCOUNTS, Amounts, Line, Month


def document_of(found: Month, statement_id: str) -> dict[str, Any]:
    """What is hashed and kept. Movements are the sums of the lines by kind, in the order of the kinds."""
    kinds: dict[str, tuple[int, Amounts]] = {}
    for line in found.lines:
        name = "prior_period" if line.prior_period else line.kind
        count, amounts = kinds.get(name, (0, Amounts()))
        kinds[name] = count + 1, amounts + line.amounts
    return {
        "type": "creator_statement/v1", "id": statement_id, "creator": found.creator_id,
        "month": f"{found.month:%Y-%m}", "time_zone": "UTC", "currency": "USD",
        "opening": _spelled(found.opening),
        "movements": [
            {"kind": kind, "count": count, **_spelled(amounts)}
            for kind, (count, amounts) in sorted(kinds.items())
        ],
        "lines": [
            {
                "at": iso_ms(line.at), "kind": line.kind, "reference": line.reference,
                "journal": line.journal_id, "prior_period": line.prior_period, **_spelled(line.amounts),
            }
            for line in found.lines
        ],
        "closing": _spelled(found.closing),
    }  # fmt: skip


def month_of(document: dict[str, Any]) -> Month:
    """The way back."""
    return Month(
        document["creator"], date.fromisoformat(document["month"] + "-01"), amounts_of(document["opening"]),
        [
            Line(
                line["journal"], line["kind"], line["reference"], from_iso(line["at"]), amounts_of(line),
                line["prior_period"],
            )
            for line in document["lines"]
        ],
        amounts_of(document["closing"]),
    )  # fmt: skip


def amounts_of(spelled: Any) -> Amounts:
    """Of an opening, a closing, a movement or a line of a document."""
    return Amounts(*(int(spelled[name]) for name in ACCOUNTS))


def _spelled(amounts: Amounts) -> dict[str, str]:
    named = {name: str(getattr(amounts, name)) for name in ACCOUNTS}
    return {**named, "total": str(amounts.total)}
