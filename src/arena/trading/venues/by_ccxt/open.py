"""Opens an account at an exchange that ccxt speaks. ccxt is an extra: without it everything else works."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from arena.kit.errors import Refused, Unavailable
from arena.trading.market import Instrument
from arena.trading.venues.by_ccxt.special import special_of
from arena.trading.venues.by_ccxt.venue import CcxtVenue

TIMEOUT_MS = 10_000


class NoCcxt(Unavailable):
    """{venue} is traded through ccxt, which is not installed here; run `pip install 'sigma-arena[exchanges]'`."""


class UnknownExchange(Refused):
    """ccxt knows no exchange {venue}; https://docs.ccxt.com lists those it knows."""


@dataclass(frozen=True, slots=True)
class CcxtKey:
    """A key of an account. `passphrase` is for the few exchanges that want one. None of it is shown by mistake."""

    api_key: str
    secret: str
    passphrase: str | None = None

    def __repr__(self) -> str:
        return f"CcxtKey(…{self.api_key[-4:]})"


@dataclass(frozen=True, slots=True)
class CcxtPlace:
    """Where an exchange is reached, if elsewhere than ccxt knows: `urls`, `hostname` and `options` go into its
    configuration; `sandbox` takes its test addresses."""

    urls: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    hostname: str | None = None
    sandbox: bool = False


def open_ccxt(
    exchange_id: str,
    key: CcxtKey,
    account_id: str,
    *,
    instruments: Sequence[Instrument],
    place: CcxtPlace | None = None,
    poll_s: int = 2,
) -> CcxtVenue:
    """Raises NoCcxt, UnknownExchange."""
    exchanges, errors = _ccxt(exchange_id)
    if exchange_id not in exchanges.exchanges:
        raise UnknownExchange(venue=exchange_id)
    special, place = special_of(exchange_id), place or CcxtPlace()
    configuration: dict[str, Any] = {
        "apiKey": key.api_key, "secret": key.secret, "enableRateLimit": True, "timeout": TIMEOUT_MS,
        "aiohttp_trust_env": False, "options": {**special.options, **place.options},
    }  # fmt: skip
    if key.passphrase is not None:
        configuration["password"] = key.passphrase
    if place.urls:
        configuration["urls"] = dict(place.urls)
    if place.hostname is not None:
        configuration["hostname"] = place.hostname
    if place.sandbox:
        configuration["sandbox"] = True
    client = getattr(exchanges, exchange_id)(configuration)
    client.number = Decimal  # its own default is binary floating point
    client.has = {**client.has, "fetchCurrencies": False}  # markets say all that orders need
    _doubt_server_faults(client, errors.OperationFailed)
    return CcxtVenue(
        client, special, account_id,
        instruments=instruments, base_error=errors.BaseError, poll_s=poll_s,
    )  # fmt: skip


def _doubt_server_faults(client: Any, failed: type[Exception]) -> None:
    """ccxt reads some faults of a server as refusals; after one of them nobody knows what was done."""
    judge = client.handle_errors

    def handle_errors(code: int, reason: str, url: str, *rest: Any) -> Any:
        if code >= 500:
            raise failed(f"status {code}")
        return judge(code, reason, url, *rest)

    client.handle_errors = handle_errors


def _ccxt(venue: str) -> tuple[Any, Any]:
    try:
        return importlib.import_module("ccxt.async_support"), importlib.import_module(
            "ccxt.base.errors"
        )
    except ImportError as missing:
        raise NoCcxt(venue=venue) from missing
