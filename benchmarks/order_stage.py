"""What the benchmark of orders is played on: one instrument, a tape without bars, the keys of 32 collectives."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from arena.kit.signing import SigningKey
from arena.trading.market import Bars, Instrument, Pack, Step

BTC = Instrument("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
KEYS = 32
BEGAN = datetime(2024, 8, 8, tzinfo=UTC)


def keys() -> list[SigningKey]:
    return [SigningKey(f"benchmark {number}".encode().ljust(32, b".")) for number in range(KEYS)]


class OneTape:
    """A source of nothing: books and trades are fed by the benchmark."""

    instruments = (BTC,)
    reason = "a benchmark feeds it"
    live = False

    @property
    def name(self) -> Literal["sample"]:
        return "sample"

    @property
    def pack(self) -> Pack:
        return Pack("sample", (BTC.symbol,), 60, BEGAN)

    def bars_from(self, open_at: datetime | None) -> Iterator[Bars]:
        return iter(())

    def stream(self, since: datetime | None) -> AsyncIterator[Step]:
        raise NotImplementedError
