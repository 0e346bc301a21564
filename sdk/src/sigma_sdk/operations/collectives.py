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


def proof(purpose: str, key: SigningKey, claims: Json) -> str:
    """The signature that shows a key is held: over the canonical form of purpose and claims."""
    return key.sign_base64(canonical_json({"purpose": f"sigma-arena/{purpose}/v1", **claims}))


class Collectives:
    """For those who trade by key."""

    @operation
    def register(self: _HasOrigin, key: SigningKey, *, name: str, about: str = "") -> Plan[Json]:
        """Registers a collective under this key. Registering the same again returns the same."""
        created = iso_ms(datetime.fromtimestamp(time.time(), UTC))
        claims: Json = {
            "origin": self.origin,
            "name": name,
            "public_key": key.public_base64,
            "created": created,
        }
        body = {
            "name": name,
            "about": about,
            "public_key": key.public_base64,
            "created": created,
            "proof": proof("register", key, claims),
        }
        answer: Json = yield from change("POST", "/collectives", body)
        return answer

    @operation
    def collective(self, collective_id: str) -> Plan[Json]:
        """The public profile of a collective, with its keys."""
        answer: Json = yield from fetch(f"/collectives/{collective_id}")
        return answer

    @paged
    def collectives(self, *, limit: int = 100) -> Turn[Json]:
        """All collectives."""
        return list_of("/collectives", limit=limit)
