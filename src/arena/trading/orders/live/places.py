"""Which exchanges are traded at, where they are reached, and how a key opens an account there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from arena.kit.settings import Settings
from arena.trading.market import Instrument
from arena.trading.orders.live.model import SecretKind, VenueNotServed
from arena.trading.venues import (
    BinanceExchange,
    BinanceKey,
    CcxtKey,
    CcxtPlace,
    Venue,
    open_binance,
    open_ccxt,
)

BINANCE = "binance"
RECV_WINDOW_MS = 5_000


@dataclass(frozen=True, slots=True)
class Secret:
    """A key as it is sealed. It is not shown, not even by mistake."""

    api_key: str
    secret: str
    kind: SecretKind
    passphrase: str | None = None

    def __repr__(self) -> str:
        return f"Secret(…{self.api_key[-4:]}, {self.kind})"

    def packed(self) -> bytes:
        return msgspec.json.encode([self.api_key, self.secret, self.kind, self.passphrase])


def unpacked(plain: bytes) -> Secret:
    return Secret(*msgspec.json.decode(plain))


@dataclass(slots=True)
class Places:
    """One a process: all accounts at an exchange share its clock and its rate limits. `elsewhere` is for exchanges that
    are reached at other addresses than ccxt knows."""

    served: tuple[str, ...]
    binance: BinanceExchange
    streams_url: str
    ws_api_url: str
    elsewhere: Mapping[str, CcxtPlace] = field(default_factory=dict)
    recv_window_ms: int = RECV_WINDOW_MS
    poll_s: int = 2

    def check(self, venue: str) -> None:
        """Raises VenueNotServed."""
        if venue not in self.served:
            raise VenueNotServed(venue=venue, served=", ".join(self.served) or "none")

    def open(
        self, venue: str, secret: Secret, account_id: str, instruments: Sequence[Instrument]
    ) -> Venue:
        """Raises VenueNotServed, BadSecret, NoCcxt, UnknownExchange."""
        self.check(venue)
        if venue == BINANCE and secret.kind != "ccxt":
            return open_binance(
                self.binance, BinanceKey(secret.api_key, secret.secret, secret.kind), account_id,
                instruments=instruments, streams_url=self.streams_url, ws_api_url=self.ws_api_url,
                recv_window_ms=self.recv_window_ms,
            )  # fmt: skip
        return open_ccxt(
            venue, CcxtKey(secret.api_key, secret.secret, secret.passphrase), account_id,
            instruments=instruments, place=self.elsewhere.get(venue), poll_s=self.poll_s,
        )  # fmt: skip


def places_of(settings: Settings) -> Places:
    served = (name.strip().lower() for name in settings.live_venues.split(","))
    return Places(
        tuple(dict.fromkeys(name for name in served if name)),
        BinanceExchange(settings.binance_trade_url),
        settings.binance_stream_url,
        settings.binance_ws_api_url,
    )
