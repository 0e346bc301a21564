"""Proof that whoever registers a key holds its secret half: a fresh signature over what is registered."""

from datetime import timedelta

from arena.kit.canonical import canonical_json
from arena.kit.clock import from_iso, wall_now
from arena.kit.signing import from_base64, verifies
from arena.people.access.model import BadProof

AGE_MAX_S = 300
REGISTER = "sigma-arena/register/v1"
ADD_KEY = "sigma-arena/add-key/v1"
RECOVER = "sigma-arena/recover-keys/v1"
RECOVERY_AGE_MAX_S = 7 * 86_400
"""Of a proof that an operator checks and passes on, after he has made sure whose it is."""


def check_proof(statement: dict[str, str], proof: str, *, age_max_s: int = AGE_MAX_S) -> bytes:
    """The public key in the statement, if the proof is its signature over the canonical statement.

    The statement names purpose and origin, so that a proof made for one place or act fits no other.
    Raises BadProof.
    """
    try:
        age = wall_now() - from_iso(statement["created"])
        public_key, signature = from_base64(statement["public_key"]), from_base64(proof)
        message = canonical_json(statement)
    except (ValueError, OverflowError) as broken:
        raise BadProof(reason=str(broken)) from broken
    if abs(age) > timedelta(seconds=age_max_s):
        raise BadProof(reason=f"it must have been made within {age_max_s} seconds from now")
    if not verifies(public_key, message, signature):
        raise BadProof(reason="the signature does not fit the key and what is registered")
    return public_key
