"""Recorded exchange messages as a source: books and trades as they happened, and the bars that these trades made.

The tape's time is that of the exchange's events. A bar is handed on a second after its minute is over by that time, as
the last trades of a minute arrive a little later than its last change of the book. The minute in which the recording
begins is left out of the bars: it is not whole.
"""

import heapq
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import structlog

from arena.kit.clock import iso_ms, monotonic_s, to_ms
from arena.trading.market.binance.parse import Malformed
from arena.trading.market.bucket import Bucket
from arena.trading.market.mirror import Mirror
from arena.trading.market.model import Bars, Book, Instrument, MarketNeedsMessages, Pack, Print
from arena.trading.market.recorded import EventLine, Frame, frames
from arena.trading.market.recording import Recording
from arena.trading.market.scale import Scale
from arena.trading.market.source import Step

