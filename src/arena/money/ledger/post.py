"""Post a journal: all of its legs or none, once, whoever asks how often."""

import hashlib
from collections.abc import Sequence

from arena.kit.canonical import canonical_json
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.money.ledger import store
from arena.money.ledger.model import JournalDiffers, Kind, Leg


async def post(tx: Tx, *, kind: Kind, idem: str, reference: str, legs: Sequence[Leg]) -> str:
    """The journal's id. A repeat of `idem` with the same content gives the first journal's id.

    PostgreSQL checks the sum at commit. Raises JournalDiffers where the content differs from the first,
    UnknownAccount where the chart has no place for a code.
    """
    currencies = {leg.currency for leg in legs}
    for currency in currencies:
        total = sum(leg.amount for leg in legs if leg.currency == currency)
        assert total == 0, f"journal {idem} does not balance in {currency}: {total}"
    idem_hash = _content_hash(kind, reference, legs)
    await store.make_accounts(tx, legs)
    journal_id = derived("jrn", idem)
    if not await store.insert_journal(
        tx, journal_id, kind=kind, idem=idem, idem_hash=idem_hash, reference=reference
    ):
        kept = await store.journal_by_idem(tx, idem)
        if kept["idem_hash"] != idem_hash:
            raise JournalDiffers(idem=idem)
        return str(kept["id"])
    count = await store.insert_entries(tx, journal_id, legs)
    assert count == len(legs), f"journal {idem}: {count} of {len(legs)} legs found their account"
    return journal_id


def _content_hash(kind: Kind, reference: str, legs: Sequence[Leg]) -> bytes:
    """Over kind, reference and legs in any order; amounts as strings, as everywhere in canonical JSON."""
    lines = sorted([leg.code, leg.currency, str(leg.amount)] for leg in legs)
    content = {"kind": kind.value, "reference": reference, "legs": lines}
    return hashlib.sha256(canonical_json(content)).digest()
