"""What the dialect's sockets count, for Prometheus."""

from prometheus_client import Counter, Gauge

SOCKETS = Gauge("arena_exchange_sockets", "Open sockets of the dialect in this process", ["door"])
SOCKETS_STREAMS = SOCKETS.labels("streams")
SOCKETS_API = SOCKETS.labels("ws_api")
MESSAGES = Counter(
    "arena_exchange_stream_messages_total", "Market messages made, each once for all"
)
BEHIND = Counter(
    "arena_exchange_stream_behind_total", "Times a reader of market streams fell behind"
)
DROPPED = Counter(
    "arena_exchange_stream_dropped_total", "Trades not told to readers who were behind"
)
CLOSED = Counter(
    "arena_exchange_sockets_closed_total", "Sockets the dialect closed, by reason", ["reason"]
)
EVENTS = Counter("arena_exchange_user_events_total", "Account events told to sockets")
