"""Opens an account at Binance with its key."""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.trading.market import Instrument
from arena.trading.venues.binance.rest import Exchange, Rest
from arena.trading.venues.binance.sign import SecretKind, signer
from arena.trading.venues.binance.user_stream import UserStream
from arena.trading.venues.binance.venue import BinanceVenue

RECV_WINDOW_MS = 5_000
SETTLE_MARGIN_S = 5


@dataclass(frozen=True, slots=True)
class BinanceKey:
    """A key of an account at Binance. Its secret is not shown, not even by mistake."""

    api_key: str
    secret: str
    kind: SecretKind

    def __repr__(self) -> str:
        return f"BinanceKey(…{self.api_key[-4:]}, {self.kind})"


def open_binance(
    exchange: Exchange,
    key: BinanceKey,
    account_id: str,
    *,
    instruments: Sequence[Instrument],
    streams_url: str,
    ws_api_url: str,
    recv_window_ms: int = RECV_WINDOW_MS,
) -> BinanceVenue:
    """All accounts at one address share `exchange`. A request that is older than `recv_window_ms` on arrival is refused
    there, so after that and a margin nothing that was sent can take effect. Raises BadSecret."""
    signs = signer(key.kind, key.secret)
    rest = Rest(exchange, key.api_key, signs, recv_window_ms=recv_window_ms)
    stream = UserStream(
        ws_api_url, key.api_key, signs, clock=exchange.clock, know_time=rest.know_time
    )
    return BinanceVenue(
        exchange, rest, account_id, instruments=instruments, streams_url=streams_url,
        user_stream=stream, settles_s=recv_window_ms // 1000 + SETTLE_MARGIN_S,
    )  # fmt: skip
