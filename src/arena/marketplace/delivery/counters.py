"""What delivery counts, for Prometheus."""

from prometheus_client import Counter, Gauge

PULLS = Counter("arena_pulls_total", "GET /signals by outcome", ["outcome"])
PULLS_FRESH = PULLS.labels("page")
PULLS_UNCHANGED = PULLS.labels("unchanged")
PULLS_REFUSED = PULLS.labels("refused")
SOCKETS = Gauge("arena_stream_sockets", "Open streams of this process")
DELIVERIES = Counter("arena_stream_deliveries_total", "Signals written to streams")
DROPPED = Counter("arena_stream_closed_total", "Streams the arena closed, by reason", ["reason"])
