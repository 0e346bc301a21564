"""API keys of the dialect: a collective's own public keys, and HMAC secrets issued to it; looked up, and kept a moment.

A caller we know is served from memory for a second and asked about anew meanwhile; news of the key drops it at once.
"""

import asyncio
import base64
import binascii
import re
from dataclasses import dataclass

import structlog

from arena.kit.bus import Bus
from arena.kit.clock import monotonic_s
from arena.kit.db import DATABASE_AWAY, Database, Tx
from arena.kit.vault import Vault
from arena.people import identity
from arena.people.access import COLLECTIVE_SCOPES, Actor
from arena.trading.venues.dialects.binance import exchange_keys
from arena.trading.venues.dialects.binance.errors import DialectRefused
from arena.trading.venues.dialects.binance.sign import Lock

FRESH_S = 0.5
AGE_MAX_S = 1.0
KEPT_MAX = 20_000
_KEY_ID = re.compile("key_[0-9a-hjkmnp-tv-z]{26}")
_HEX = re.compile("[0-9a-fA-F]{64}")
_SPKI = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: an Ed25519 key in DER begins so
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds an API key: `actor` is the collective with all its scopes, `lock` checks its signatures."""

    key_id: str
    lock: Lock
    actor: Actor


@dataclass(slots=True)
class _Kept:
    caller: Caller
    made_at: float
    renewing: bool = False


class Keys:
    """Made once a process. `find` by what stands in X-MBX-APIKEY."""

    def __init__(self, db: Database, vault: Vault, bus: Bus) -> None:
        self._db = db
        self._vault = vault
        self._kept: dict[str, _Kept] = {}
        self._loading: dict[str, asyncio.Task[Caller | None]] = {}
        self._news = 0
        bus.listen("key", self._heard)
        bus.listen("*", lambda _words: self._forget_all())

    async def find(self, api_key: str) -> Caller:
        """Raises DialectRefused: -2014 where that is no key at all, -2015 where it is unknown, revoked or suspended."""
        kept = self._kept.get(api_key)
        age_s = monotonic_s() - kept.made_at if kept else AGE_MAX_S
        if kept is not None and age_s < AGE_MAX_S:
            if age_s > FRESH_S and not kept.renewing:
                kept.renewing = True
                self._load(api_key)
            return kept.caller
        if not 16 <= len(api_key) <= 100 or not api_key.isascii():
            raise DialectRefused(-2014, "API-key format invalid.", http=401)
        found = await asyncio.shield(self._loading.get(api_key) or self._load(api_key))
        if found is None:
            raise DialectRefused(-2015, "Invalid API-key, IP, or permissions for action.", http=401)
        return found

    async def stands(self, key_id: str) -> bool:
        """Whether the key of that id may still speak for its collective; asked anew each time."""
        async with self._db.transaction(readonly=True) as tx:
            if key_id.startswith("key_"):
                return await identity.active_key(tx, key_id, tx.now) is not None
            return await exchange_keys.stands(tx, key_id)

    def _load(self, api_key: str) -> "asyncio.Task[Caller | None]":
        task = asyncio.get_running_loop().create_task(self._ask(api_key))
        self._loading[api_key] = task
        task.add_done_callback(lambda done: self._loaded(api_key, done))
        return task

    async def _ask(self, api_key: str) -> Caller | None:
        news, made_at = self._news, monotonic_s()
        async with self._db.transaction(readonly=True) as tx:
            found = await self._caller(tx, api_key)
        if found is None:
            self._kept.pop(api_key, None)
        elif news == self._news:  # an answer from before some news is given once, and not kept
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            self._kept[api_key] = _Kept(found, made_at)
        return found

    async def _caller(self, tx: Tx, api_key: str) -> Caller | None:
        public_id = public_key_id(api_key)
        if public_id is not None:
            key = await identity.active_key(tx, public_id, tx.now)
            if key is None:
                return None
            actor = Actor("collective", key.collective_id, COLLECTIVE_SCOPES, key.id)
            return Caller(key.id, Lock("ed25519", key.public_key), actor)
        issued = await exchange_keys.active_exchange_key(tx, self._vault, api_key)
        if issued is None:
            return None
        shown, secret = issued
        actor = Actor("collective", shown.collective_id, COLLECTIVE_SCOPES, shown.id)
        return Caller(shown.id, Lock("hmac", secret.encode()), actor)

    def _loaded(self, api_key: str, done: "asyncio.Task[Caller | None]") -> None:
        if self._loading.get(api_key) is done:
            del self._loading[api_key]
        if not done.cancelled() and isinstance(broken := done.exception(), DATABASE_AWAY):
            log.warning("an exchange key is not renewed", error=str(broken))

    def _heard(self, key_id: str) -> None:
        self._news += 1
        self._loading.clear()
        for api_key in [text for text, kept in self._kept.items() if kept.caller.key_id == key_id]:
            del self._kept[api_key]

    def _forget_all(self) -> None:
        self._news += 1
        self._loading.clear()
        self._kept.clear()


def public_key_id(api_key: str) -> str | None:
    """The id of the Ed25519 key that is meant: by its id, or by its 32 bytes in hex, base64, base64url or base64 of
    DER. None for anything else."""
    if _KEY_ID.fullmatch(api_key):
        return api_key
    if _HEX.fullmatch(api_key):
        return identity.key_id_of(bytes.fromhex(api_key))
    if len(api_key) not in (43, 44, 59, 60):
        return None
    try:
        text = api_key.rstrip("=").replace("-", "+").replace("_", "/")
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    raw = raw.removeprefix(_SPKI)
    return identity.key_id_of(raw) if len(raw) == 32 else None
