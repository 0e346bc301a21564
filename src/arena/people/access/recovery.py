"""Begins the recovery of a collective's keys, once the new key is proven to be held."""

from dataclasses import dataclass
from datetime import timedelta

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.people import identity
from arena.people.access.proof import RECOVER, RECOVERY_AGE_MAX_S, check_proof


@dataclass(frozen=True, slots=True)
class KeyProof:
    """A public key and the signature by its secret half, both base64, and when that was made (RFC 3339)."""

    public_key: str
    created: str
    proof: str


async def recover_keys(
    tx: Tx,
    settings: Settings,
    collective_id: str,
    proven: KeyProof,
    *,
    reason: str,
    by: str,
    request_id: str | None = None,
) -> identity.KeyRecovery:
    """By an operator, who has made sure whose key it is. Raises BadProof, and what begin_recovery raises."""
    public_key = check_proof(
        {"purpose": RECOVER, "origin": settings.origin, "collective": collective_id,
         "public_key": proven.public_key, "created": proven.created},
        proven.proof, age_max_s=RECOVERY_AGE_MAX_S,
    )  # fmt: skip
    return await identity.begin_recovery(
        tx, collective_id, public_key, by=by, reason=reason,
        wait=timedelta(hours=settings.key_recovery_wait_hours), request_id=request_id,
    )  # fmt: skip
