"""A closed period as one document that a copier can compute again; what a reading's signature is over. Pure.

All amounts are strings of whole numbers: cents in readings and fees, micro-dollars in books and gains.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arena.kit.canonical import canonical_json
from arena.kit.clock import iso_ms
from arena.kit.signing import to_base64
from arena.money.performance_fees.model import (
    AccountBook,
    Books,
    Contract,
    Exit,
    Lot,
    Reading,
    Settlement,
    Slice,
)


@dataclass(frozen=True, slots=True)
class SignedReading:
    """A reading as it is kept: its number in the contract, who says so, and his signature."""

    number: int
    reading: Reading
    source: str
    reference: str
    public_key: bytes
    signature: bytes


def reading_bytes(
    contract_id: str, number: int, reading: Reading, *, source: str, reference: str
) -> bytes:
    """What the source signs: canonical JSON (RFC 8785)."""
    return canonical_json(
        {"type": "fee_reading/v1", "contract": contract_id}
        | _reading(number, reading, source, reference)
    )


def statement_document(
    contract: Contract,
    readings: Sequence[SignedReading],
    opening: Books,
    settled: Settlement,
    *,
    charged: bool,
    previous: str,
) -> dict[str, Any]:
    """`previous` is the SHA-256 of the contract's statement before; empty for its first. The first edition of the
    rules has no word of how the next period goes on, nor of an exit."""
    terms = contract.terms
    later = {} if terms.rules == 1 else {
        "next_rate_bps": terms.rate_bps if contract.next_rate_bps is None else contract.next_rate_bps,
        "exit": exit_json(contract.exit),
    }  # fmt: skip
    return later | {
        "type": f"performance_fee_statement/v{terms.rules}",
        "contract": {
            "id": contract.id, "copier": contract.copier.person_id, "creator": contract.creator_id,
            "policy": terms.policy, "rate_bps": terms.rate_bps, "period": terms.period,
            "minimum": str(terms.minimum), "currency": terms.currency,
        },
        "start": iso_ms(contract.period_start), "end": iso_ms(contract.period_end), "previous": previous,
        "opening": books_json(opening),
        "readings": [
            _reading(each.number, each.reading, each.source, each.reference)
            | {"public_key": to_base64(each.public_key), "signature": to_base64(each.signature)}
            for each in readings
        ],
        "closing": books_json(settled.books), "gain": str(settled.gain), "fee": str(settled.fee),
        "outcome": settled.outcome, "charged": charged,
    }  # fmt: skip


def exit_json(exit: Exit | None) -> dict[str, Any] | None:
    if exit is None:
        return None
    return {
        "at": iso_ms(exit.at), "capital": str(exit.capital),
        "start": {account: str(worth) for account, worth in exit.start.items()},
        "end": {account: str(worth) for account, worth in exit.end.items()},
    }  # fmt: skip


def exit_from(kept: Mapping[str, Any] | None) -> Exit | None:
    if kept is None:
        return None
    return Exit(
        datetime.fromisoformat(kept["at"]), int(kept["capital"]),
        {account: int(worth) for account, worth in kept["start"].items()},
        {account: int(worth) for account, worth in kept["end"].items()},
    )  # fmt: skip


def books_json(books: Books) -> dict[str, Any]:
    return {
        "profit": str(books.profit), "mark": str(books.mark), "held": str(books.held),
        "drawn_down": books.drawn_down, "warned": books.warned,
        "accounts": {
            name: {
                "equity": str(book.equity), "base": str(book.base),
                "lots": [[str(lot.value), str(lot.mark)] for lot in book.lots],
                "slices": [[str(each.value), str(each.mark), str(each.now)] for each in book.slices],
            }
            for name, book in books.accounts.items()
        },
    }  # fmt: skip


def books_from(kept: Mapping[str, Any]) -> Books:
    return Books(
        int(kept["profit"]), int(kept["mark"]), int(kept["held"]), kept["drawn_down"], kept["warned"],
        {
            name: AccountBook(
                int(book["equity"]), int(book["base"]),
                tuple(Lot(int(value), int(mark)) for value, mark in book["lots"]),
                tuple(Slice(int(value), int(mark), int(now)) for value, mark, now in book["slices"]),
            )
            for name, book in kept["accounts"].items()
        },
    )  # fmt: skip


def _reading(number: int, reading: Reading, source: str, reference: str) -> dict[str, Any]:
    return {
        "number": number, "account": reading.account, "at": iso_ms(reading.at), "equity": str(reading.equity),
        "flow": str(reading.flow), "source": source, "reference": reference,
    }  # fmt: skip
