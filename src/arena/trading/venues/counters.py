"""What Prometheus is told of venues."""

from prometheus_client import Counter, Gauge

from arena.trading.venues.venue import VenueHealth

CALLS = Counter(
    "arena_venue_calls_total",
    "Calls to exchanges by what came of them: ok, or the code of the error.",
    ["venue", "act", "outcome"],
)
RECONNECTS = Counter(
    "arena_venue_reconnects_total",
    "Streams of exchanges that were opened again.",
    ["venue", "stream"],
)
RESYNCS = Counter(
    "arena_venue_resyncs_total",
    "How often an exchange was asked anew because news may have been missed.",
    ["venue"],
)
_UP = Gauge("arena_venue_up", "1 where an exchange is called, 0 where it rests.", ["venue"])
_OFFSET = Gauge(
    "arena_venue_clock_offset_ms", "How far an exchange's clock is ahead of ours.", ["venue"]
)
_WEIGHT = Gauge(
    "arena_venue_weight_left", "What an exchange's rate limit leaves us in its window.", ["venue"]
)


def show(health: VenueHealth) -> None:
    """Sets the gauges of this venue."""
    _UP.labels(health.name).set(0 if health.state == "resting" else 1)
    if health.offset_ms is not None:
        _OFFSET.labels(health.name).set(health.offset_ms)
    if health.weight_left is not None:
        _WEIGHT.labels(health.name).set(health.weight_left)
