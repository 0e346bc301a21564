"""What a creator holds a feed to, in the words of pages."""

from arena.web.page import N_

PROMISE_NAMES = {
    "drawdown_max_pct": N_("Deepest fall"),
    "weight_max_pct": N_("Largest target"),
    "volatility_max_pct": N_("Drift of volatility"),
    "shortfall_errors_max": N_("Drift of returns"),
}
