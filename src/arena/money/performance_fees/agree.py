"""Agree to a creator's terms with an account, and leave: marks outlive both."""

from collections.abc import Mapping
from dataclasses import replace

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.signing import SigningKey
from arena.money.performance_fees import store
from arena.money.performance_fees.hold import keep_aside
from arena.money.performance_fees.model import (
    MOVES,
    AccountTaken,
    BelowMinimum,
    Contract,
    ContractMoved,
    Copier,
    NoSuchContract,
    RateRise,
    Reading,
    Status,
)
from arena.money.performance_fees.observe import observe
from arena.money.performance_fees.offer import check_allowed, offer_of
from arena.money.performance_fees.periods import first_end


async def agree(
    tx: Tx,
    copier: Copier,
    creator_id: str,
    account_id: str,
    *,
    equity: int,
    key: SigningKey,
    request_id: str | None = None,
) -> Contract:
    """The contract, with the account under it from now on. `equity` is what it holds, in cents.

    Who had a contract with this creator has it again, with its policy and its marks; the rate of today's offer goes
    from the next period on. Raises NoOffer, FeesNotAllowed, BelowMinimum, AccountTaken.
    """
    await check_allowed(tx, copier)
    terms = await offer_of(tx, creator_id)
    if equity < terms.minimum:
        raise BelowMinimum(equity=equity // 100, minimum=terms.minimum // 100)
    new = Contract(
        derived("pfc", copier.person_id, creator_id), copier, creator_id, terms, "active", tx.now, tx.now,
        first_end(terms.period, tx.now),
    )  # fmt: skip
    if not await store.insert_contract(tx, new):
        new = await _again(tx, copier, creator_id, rate_bps=terms.rate_bps)
    if account_id in await store.accounts(tx, new.id):
        return new
    if await store.claim_account(tx, new.id, account_id) != new.id:
        raise AccountTaken(account_id=account_id)
    reference = f"open:{account_id}:{await _place(tx, new.id)}"
    await observe(tx, new.id, Reading(account_id, tx.now, 0, equity), reference=reference, key=key)
    await _tell(
        tx, new, "agree", copier.person_id, detail={"account": account_id}, request_id=request_id
    )
    return new


async def leave(
    tx: Tx,
    contract_id: str,
    copier_id: str,
    *,
    equities: dict[str, int],
    key: SigningKey,
    platform_bps: int,
    request_id: str | None = None,
) -> Contract:
    """Takes all accounts out, with what each holds (cents). What is due by then is set aside until the period ends,
    and not asked for as far as it ends lower. Raises NoSuchContract, ContractMoved."""
    found = await owned(tx, contract_id, copier_id)
    left = _moved(found, "ending")
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
    number, _at = await store.last_reading(tx, contract_id)
    return number + 1


async def _again(tx: Tx, copier: Copier, creator_id: str, *, rate_bps: int) -> Contract:
    found = await store.contract_of(tx, copier.person_id, creator_id)
    assert found is not None
    back = replace(found, copier=copier, next_rate_bps=rate_bps)
    if found.status in ("ended", "stopped"):
        back = replace(
            back, status="active", period_start=tx.now, period_end=first_end(found.terms.period, tx.now)
        )  # fmt: skip
    elif found.status == "ending":
        back = replace(back, status="active")
    await store.save_contract(tx, back)
    return back


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
