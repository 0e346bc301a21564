"""What language models count, for Prometheus."""

from prometheus_client import Counter

DECISIONS = Counter(
    "arena_language_model_decisions_total",
    "Decisions of language models, by outcome and by the reason to hold",
    ["outcome", "reason"],
)
TOKENS = Counter("arena_language_model_tokens_total", "Tokens that decisions have taken")
CENTS = Counter("arena_language_model_cents_total", "US cents that decisions have cost")
