"""The three ways to come: with nothing, with an API key, with a collective's signing key."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Protocol

from sigma_sdk.http_signature import Unsigned, signature_headers
from sigma_sdk.keys import SigningKey


class Credentials(Protocol):
    """Proves to the arena, request by request, who is asking."""

    def headers(self, request: Unsigned) -> dict[str, str]:
        """The headers to add to this one transmission; a retry asks again."""
        ...


class Nobody:
    """An anonymous caller: sees what is public."""

    def headers(self, request: Unsigned) -> dict[str, str]:
        return {}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A person's API key (ak_…)."""

    key: str = field(repr=False)

    def headers(self, request: Unsigned) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@dataclass(frozen=True, slots=True)
class Collective:
    """A collective, by its Ed25519 key: each transmission is signed with a nonce of its own."""

    key: SigningKey

    def headers(self, request: Unsigned) -> dict[str, str]:
        return signature_headers(
            self.key, request, created_s=int(time.time()), nonce=secrets.token_urlsafe(16)
        )
