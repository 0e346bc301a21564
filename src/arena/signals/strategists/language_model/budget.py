"""What questions cost, counted in whole tokens and whole millionths of a US cent, and what may still be spent.

Before a question is sent the most it can cost must be left. The most is a bound, not a guess: a token is at least one
byte of what is sent, and an answer has at most the tokens it was given. What became of a question that broke off
nobody knows, so it counts as if it had cost the most.
"""

from dataclasses import dataclass

from arena.signals.strategists.language_model.model import (
    MICRO,
    Configuration,
    NoAnswer,
    Reply,
    Spent,
    Usage,
)

FRAME_TOKENS = 1_000  # what the API puts around a request with tools, and does not show
CACHE_WRITE = 2  # the dearest way of writing a prompt cache costs twice the input price


def cost_of(usage: Usage, configuration: Configuration) -> Spent:
    """Reading from a cache counts as input, which is more than it costs."""
    read = usage.input + usage.cache_read + CACHE_WRITE * usage.cache_write
    return Spent(
        usage.total, read * configuration.input_cents + usage.output * configuration.output_cents
    )


def most_of(input_tokens: int, configuration: Configuration) -> Spent:
    """What a question with at most so many tokens of input can cost."""
    return cost_of(Usage(input_tokens, configuration.answer_tokens_max), configuration)


@dataclass(slots=True)
class Purse:
    """What one decision may spend, and has spent. Its limit was reserved before the first question."""

    configuration: Configuration
    tokens: int = 0
    microcents: int = 0
    _last_bytes: int = 0
    _last_tokens: int = 0

    @property
    def spent(self) -> Spent:
        return Spent(self.tokens, self.microcents)

    def most(self, request_bytes: int) -> Spent:
        """A bound on what this request costs. What the last one held is known by count, only what came since by
        bytes."""
        if self._last_tokens:
            grown = max(0, request_bytes - self._last_bytes)
            return most_of(self._last_tokens + grown + FRAME_TOKENS, self.configuration)
        return most_of(request_bytes + FRAME_TOKENS, self.configuration)

    def check(self, request_bytes: int) -> Spent:
        """The most the request can cost. Raises NoAnswer where that is not left."""
        most = self.most(request_bytes)
        tokens = self.configuration.decision_tokens_max - self.tokens
        microcents = self.configuration.decision_cents_max * MICRO - self.microcents
        if most.tokens > tokens or most.microcents > microcents:
            why = (
                f"the next question may take {most.tokens} tokens and {cents_up(most.microcents)} cents; "
                f"this decision has {max(0, tokens)} tokens and {max(0, microcents) // MICRO} cents left"
            )
            raise NoAnswer("budget", why)
        return most

    def pay(self, spent: Spent) -> None:
        self.tokens += spent.tokens
        self.microcents += spent.microcents

    def pay_for(self, reply: Reply, request_bytes: int) -> Spent:
        spent = cost_of(reply.usage, self.configuration)
        self.pay(spent)
        self._last_bytes, self._last_tokens = request_bytes, reply.usage.total
        return spent


def cents_up(microcents: int) -> int:
    """Whole cents for people, rounded up."""
    return -(-microcents // MICRO)
