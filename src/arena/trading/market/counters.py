"""What Prometheus is told of prices."""

from prometheus_client import Counter, Gauge

RESYNCS = Counter(
    "arena_market_resyncs_total",
    "Books that did not hold any more and were asked for anew, by what was wrong.",
    ["venue", "reason"],
)
DROPPED = Counter(
    "arena_market_events_dropped_total",
    "Events of books and trades that nobody took in time.",
    ["venue"],
)
SWITCHES = Counter("arena_market_switches_total", "Switches of prices to another venue.", ["venue"])
JOINED = Gauge("arena_market_books_joined", "Books that are whole and up to date.", ["venue"])
