"""That no fee is taken without a new high or where it was only shown, and that every copier computes the same."""

from itertools import pairwise
from typing import Any

from arena.kit.db import Tx
from arena.kit.signing import SigningKey
from arena.money import performance_fees as fees
from sigma_sdk.verify import verify_fees


async def fees_are_right(tx: Tx, key: SigningKey) -> None:
    for found in await fees.all_contracts(tx, after="", limit=1_000):
        who = found.copier.person_id
        made = [
            await fees.statement_file(tx, each.id, who, key)
            for each in reversed(await fees.statements(tx, found.id, who))
        ]
        wrong = [each for each in verify_fees(made) if not each.holds]
        assert not wrong, f"{found.id} does not compute again: {wrong[:2]}"
        _no_fee_without_a_new_high(found, made)
        await _held_is_set_aside(tx, found)


def _no_fee_without_a_new_high(found: fees.Contract, made: list[dict[str, Any]]) -> None:
    marks = [0, *(int(each["statement"]["closing"]["mark"]) for each in made)]
    assert marks == sorted(marks), f"a mark of {found.id} fell: {marks}"
    for (before, mark), each in zip(pairwise(marks), made, strict=True):
        document = each["statement"]
        fee, rate = int(document["fee"]), document["contract"]["rate_bps"]
        most = (mark - before) * rate // (10_000 * 10_000)
        assert fee <= most, f"{found.id} took {fee} for a rise that is worth {most} at most"


async def _held_is_set_aside(tx: Tx, found: fees.Contract) -> None:
    """What a contract says is held stands beside what is owed, and nothing is held once it is over."""
    if found.status in ("ended", "stopped") or found.mode != "charged":
        assert found.set_aside is None, f"{found.id} is {found.status}, {found.mode}, and holds"
    if found.set_aside is not None:
        amount = await tx.fetchval(
            """select sum(greatest(e.amount, 0))::bigint from entry e where e.journal_id = $1""",
            found.set_aside,
        )  # fmt: skip
        assert amount == found.set_aside_amount, f"{found.id} holds {amount} in the ledger"
