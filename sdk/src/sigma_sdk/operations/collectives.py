"""Collectives: register with proof that the key is held; add, revoke and rotate keys."""

import time
from datetime import UTC, datetime
from typing import Protocol

from sigma_sdk.canonical import canonical_json, iso_ms
from sigma_sdk.exchange import Plan, change, fetch
from sigma_sdk.keys import SigningKey
from sigma_sdk.operation import Turn, operation, paged
from sigma_sdk.pages import Json, list_of


class _HasOrigin(Protocol):
    origin: str


def proven(purpose: str, key: SigningKey, claims: dict[str, str]) -> Json:
    """What is claimed of a key, when, and the key's own signature over it: the proof that it is held."""
    stated = {
        **claims,
        "public_key": key.public_base64,
        "created": iso_ms(datetime.fromtimestamp(time.time(), UTC)),
    }
    message = canonical_json({"purpose": f"sigma-arena/{purpose}/v1", **stated})
    return {**stated, "proof": key.sign_base64(message)}


class Collectives:
    """For those who trade by key."""

    @operation
    def register(self: _HasOrigin, key: SigningKey, *, name: str, about: str = "") -> Plan[Json]:
        """Registers a collective under this key. A signed-in person becomes its owner."""
        body = proven("register", key, {"origin": self.origin, "name": name})
        del body["origin"]
        answer: Json = yield from change("POST", "/collectives", {**body, "about": about})
        return answer

    @operation
    def add_key(self: _HasOrigin, collective_id: str, key: SigningKey) -> Plan[Json]:
        """Adds a key; this client signs with an old one. Both work until one is revoked."""
        body = proven("add-key", key, {"origin": self.origin, "collective": collective_id})
        sent = {name: body[name] for name in ("public_key", "created", "proof")}
        answer: Json = yield from change("POST", f"/collectives/{collective_id}/keys", sent)
        return answer

    @operation
    def make_exchange_key(self, collective_id: str, *, name: str) -> Plan[Json]:
        """An API key and an HMAC secret for the collective's own account, for bots that cannot sign by Ed25519. The
        answer is the only place where the secret is ever shown."""
        path = f"/collectives/{collective_id}/exchange-keys"
        answer: Json = yield from change("POST", path, {"name": name})
        return answer

    @operation
    def rotate_key(
        self: _HasOrigin,
        collective_id: str,
        key: SigningKey,
        *,
        overlap_s: int = 3600,
        replaces: str | None = None,
    ) -> Plan[Json]:
        """Replaces a key by a new one: by default the one this client signs with. Both sign for the overlap, in seconds
        of the arena's time."""
        body = proven("add-key", key, {"origin": self.origin, "collective": collective_id})
        sent: Json = {name: body[name] for name in ("public_key", "created", "proof")}
        sent |= {"overlap_s": overlap_s, "replaces": replaces}
        path = f"/collectives/{collective_id}/keys/rotate"
        answer: Json = yield from change("POST", path, sent)
        return answer

    @operation
    def revoke_key(
        self, collective_id: str, key_id: str, *, last: bool = False, reason: str | None = None
    ) -> Plan[Json]:
        """Revokes a key at once; the last active one only with `last`."""
        path = f"/collectives/{collective_id}/keys/{key_id}/revoke"
        answer: Json = yield from change("POST", path, {"last": last, "reason": reason})
        return answer

    @operation
    def reset_account(self, collective_id: str, *, reason: str) -> Plan[Json]:
        """Closes the collective's own account for good and opens a fresh one; both stay on its profile."""
        path = f"/collectives/{collective_id}/account/reset"
        answer: Json = yield from change("POST", path, {"reason": reason})
        return answer

    @paged
    def accounts_of(self, collective_id: str) -> Turn[Json]:
        """Every account a collective ever had, closed ones included."""
        return list_of(f"/collectives/{collective_id}/accounts")

    @operation
    def collective(self, collective_id: str) -> Plan[Json]:
        """The public profile of a collective, with every key it ever had."""
        answer: Json = yield from fetch(f"/collectives/{collective_id}")
        return answer

    @paged
    def collectives(self, *, limit: int = 100) -> Turn[Json]:
        """All collectives."""
        return list_of("/collectives", limit=limit)
