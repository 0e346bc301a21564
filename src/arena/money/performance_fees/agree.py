"""Agree to a creator's terms with an account, and leave: marks outlive both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.signing import SigningKey
from arena.money.performance_fees import reading_store, store
from arena.money.performance_fees.hold import keep_aside
from arena.money.performance_fees.model import (
    LATE,
    MOVES,
    AccountTaken,
    BelowMinimum,
    Contract,
    ContractMoved,
    Copier,
    Exit,
    Mode,
    NoSuchContract,
    RateRise,
    Reading,
    Status,
    Terms,
)
from arena.money.performance_fees.observe import observe
from arena.money.performance_fees.offer import check_allowed, offer_of
from arena.money.performance_fees.periods import first_end
from arena.money.performance_fees.what_holds import Holds, what_holds


async def agree(
    tx: Tx,
    copier: Copier,
    creator_id: str,
    account_id: str,
    *,
    equity: int,
    key: SigningKey,
    known: Sequence[str] = (),
    rise: bool = False,
    request_id: str | None = None,
) -> Contract:
    """The contract, with the account under it from now on, by the terms that `what_holds` tells. `equity` is what it
    holds, in cents; `known` the ids of the flows of money since LATE that are part of it. `rise`: he agrees to a higher
    rate than he has, from the next period on.

    Who had a contract with this creator has it again, with its policy and its marks. What he declares goes for the
    period that opens with it; in one that is open it goes from the next one on. Raises NoOffer, FeesNotAllowed,
    DeclarationDiffers, BelowMinimum, AccountTaken.
    """
    mode = await check_allowed(tx, copier)
    offered = await offer_of(tx, creator_id)
    new = Contract(
        derived("pfc", copier.person_id, creator_id), copier, creator_id, offered, "active", tx.now, tx.now,
        first_end(offered.period, tx.now), mode=mode,
    )  # fmt: skip
    comes_in = account_id not in await store.accounts(tx, new.id)
    if comes_in:
        _check_minimum(equity, offered, await store.contract(tx, new.id))
    if not await store.insert_contract(tx, new):
        found = await store.contract_of(tx, copier.person_id, creator_id)
        assert found is not None
        holds = what_holds(found, offered, rise=rise)
        new = _again(found, copier, at=tx.now, holds=holds, mode=mode)
        await store.save_contract(tx, new)
    detail = _agreed(new)
    if comes_in:
        holder = await store.claim_account(
            tx, new.id, account_id, flows_from=tx.now - LATE, known=list(known)
        )
        if holder != new.id:
            raise AccountTaken(account_id=account_id)
        reference = f"open:{account_id}:{await _place(tx, new.id)}"
        opening = Reading(account_id, tx.now, 0, equity)
        await observe(tx, new.id, opening, reference=reference, key=key)
        detail |= {"account": account_id}
    await _tell(tx, new, "agree", copier.person_id, detail=detail, request_id=request_id)
    return new


async def leave(
    tx: Tx,
    contract_id: str,
    copier_id: str,
    *,
    equities: dict[str, int],
    key: SigningKey,
    platform_bps: int,
    references: Mapping[str, int] | None = None,
    request_id: str | None = None,
) -> Contract:
    """Takes all accounts out, with what each holds (cents). What is due by then is set aside until the period ends,
    and not asked for as far as the `references` end lower: the reference accounts of the feeds he followed, by what
    each is worth now (cents, above nothing). Raises NoSuchContract, ContractMoved."""
    found = await owned(tx, contract_id, copier_id)
    kept = {name: worth for name, worth in (references or {}).items() if worth > 0}
    capital = sum(max(0, equity) for equity in equities.values())
    left = replace(_moved(found, "ending"), exit=Exit(tx.now, capital, kept))
    for account_id in await store.accounts(tx, contract_id):
        equity = equities[account_id]
        reference = f"leave:{account_id}:{await _place(tx, contract_id)}"
        await observe(
            tx,
            contract_id,
            Reading(account_id, tx.now, equity, -equity),
            reference=reference,
            key=key,
        )
        await store.let_account_go(tx, account_id)
    await store.save_contract(tx, left)
    held = await keep_aside(tx, contract_id, platform_bps=platform_bps)
    await _tell(
        tx, left, "leave", copier_id, detail={"set_aside": str(held)}, request_id=request_id
    )
    return left


async def change_rate(
    tx: Tx, contract_id: str, rate_bps: int, *, creator_id: str, request_id: str | None = None
) -> Contract:
    """A lower rate, from the next period on; what was earned before is counted at the old one. Raises NoSuchContract,
    RateRise, TermsRefused."""
    found = await store.contract(tx, contract_id, lock=True)
    if found is None or found.creator_id != creator_id:
        raise NoSuchContract(contract_id=contract_id)
    replace(found.terms, rate_bps=rate_bps)  # refuses what cannot be
    if rate_bps > found.terms.rate_bps:
        raise RateRise(now=found.terms.rate_bps, wanted=rate_bps)
    changed = replace(found, next_rate_bps=rate_bps)
    await store.save_contract(tx, changed)
    await _tell(
        tx, changed, "change_rate", creator_id, detail={"rate_bps": rate_bps}, request_id=request_id
    )
    return changed


async def owned(tx: Tx, contract_id: str, copier_id: str) -> Contract:
    """Locked. Raises NoSuchContract, also for that of somebody else."""
    found = await store.contract(tx, contract_id, lock=True)
    if found is None or found.copier.person_id != copier_id:
        raise NoSuchContract(contract_id=contract_id)
    return found


async def _place(tx: Tx, contract_id: str) -> int:
    """Which reading is the next: who comes and goes while the clock stands still is read each time."""
    number, _at = await reading_store.last_reading(tx, contract_id)
    return number + 1


def _check_minimum(equity: int, offered: Terms, found: Contract | None) -> None:
    minimum = what_holds(found, offered).terms.minimum
    if equity < minimum:
        raise BelowMinimum(equity=equity // 100, minimum=minimum // 100)


def _again(found: Contract, copier: Copier, *, at: datetime, holds: Holds, mode: Mode) -> Contract:
    """A new period by what is declared now, or the open one as it was opened."""
    back = replace(found, terms=holds.terms, next_rate_bps=holds.next_rate_bps)
    if holds.restarts:
        return replace(
            back, status="active", period_start=at, period_end=first_end(found.terms.period, at),
            copier=copier, next_copier=None, mode=mode, exit=None,
        )  # fmt: skip
    later = None if copier == found.copier else copier
    return replace(back, status="active", next_copier=later, exit=None)


def _agreed(now: Contract) -> dict[str, object]:
    """What stands in the audit trail of what was agreed and declared."""
    declared = now.next_copier or now.copier
    return {
        "rate_bps": now.terms.rate_bps, "next_rate_bps": now.next_rate_bps, "country": declared.country,
        "us_person": declared.us_person, "qualified_client": declared.qualified_client, "mode": now.mode,
    }  # fmt: skip


def _moved(found: Contract, status: Status) -> Contract:
    if status not in MOVES[found.status]:
        raise ContractMoved(status=found.status, wanted=status)
    return replace(found, status=status)


async def _tell(
    tx: Tx,
    contract: Contract,
    act: str,
    who: str,
    *,
    detail: Mapping[str, object],
    request_id: str | None,
) -> None:
    await audit.record(
        tx, actor=who, actor_kind="person", action=f"performance_fees.{act}", object=contract.id,
        detail={"creator": contract.creator_id, "policy": contract.terms.policy, **detail}, request_id=request_id,
    )  # fmt: skip
