"""Journals by any id that stands on a page: those the ledger knows itself, and those behind an invoice or a dispute."""

from arena.kit.db import Tx
from arena.money import billing, invoices, ledger

PAGE = 100


async def journals_named(
    tx: Tx, wanted: str, after: str | None
) -> tuple[list[ledger.Journal], bool]:
    """At most a hundred, oldest first, behind the journal `after`; and whether there are more."""
    found = await ledger.find_journals(tx, await _known(tx, wanted), after=after, limit=PAGE + 1)
    return found[:PAGE], len(found) > PAGE


async def _known(tx: Tx, wanted: str) -> str:
    """What the ledger knows it by. An invoice is found by what it is for, a dispute by the gateway's own id."""
    if wanted.upper().startswith("INV-") or wanted.startswith("inv_"):
        there = await invoices.find(tx, wanted)
        return there[0].source if there else wanted
    if wanted.startswith("dsp_"):
        return await billing.dispute_at_gateway(tx, wanted) or wanted
    return wanted
