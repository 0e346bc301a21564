"""What a language-model strategist is told, sees, answers and costs: plain values, and errors."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Self

from arena.kit.errors import NotFound, Refused, Unavailable

NAME = "language_model"
EFFORTS = ("", "low", "medium", "high", "xhigh", "max")
MICRO = 1_000_000

Outcome = Literal["published", "unchanged", "held", "late", "refused"]
Reason = Literal[
    "",
    "stale_data",  # the last bar is older than one interval
    "budget",  # the day or this decision has nothing left to spend
    "timeout",
    "malformed",  # no answer in the form that was asked for
    "refusal",  # the model declined
    "cut_off",  # the answer ended at its largest length
    "too_many_turns",
    "server",  # the API answered with an error, or could not be reached
    "credentials",  # the API does not take the key
    "interrupted",  # the process ended in the middle
    "broken",  # a fault of ours
]


class BadConfiguration(Refused):
    """{field} is {value}; it must be {wanted}. See `arena strategist add-language-model --help`."""


class NoPriceKnown(Refused):
    """The price of {model} is not in the table of {as_of}. Say it in US cents for a million tokens, with --input-cents
    and --output-cents, or add it to the models of the file that ARENA_LANGUAGE_MODEL_PRICES names: {line}"""


class BudgetTooSmall(Refused):
    """The first question to {model} may cost {cents} cents and {tokens} tokens, which is more than a decision may
    take; raise --decision-cents and --decision-tokens, or shorten --answer-tokens."""


class NoSuchLanguageModel(NotFound):
    """No language model works for the feed {feed}; `arena strategist show` lists those that do."""


class NoSuchDecision(NotFound):
    """The feed {feed} has no decision on a bar that closed then; GET /language-models/{feed}/decisions lists them."""


class NoAnswer(Unavailable):
    """The model gave no answer that can be used ({reason}): {why}"""

    def __init__(self, reason: Reason, why: str) -> None:
        super().__init__(reason=reason, why=why)
        self.reason: Reason = reason
        self.why = why


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything of a language-model strategist that is chosen. It is part of the lineage, so that it changes with
    the feed only.

    Prices are US cents for a million tokens. `temperature_pct` below zero leaves it to the model.
    """

    model: str
    input_cents: int
    output_cents: int
    effort: str = ""
    temperature_pct: int = -1
    bars_max: int = 120
    turns_max: int = 6
    answer_tokens_max: int = 4_000
    timeout_s: int = 60
    attempts_max: int = 3
    every_bars: int = 1
    weight_max_pct: int = 100
    valid_bars: int = 4
    decision_tokens_max: int = 60_000
    decision_cents_max: int = 10
    day_tokens_max: int = 2_000_000
    day_cents_max: int = 100

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Self:
        """Raises BadConfiguration for what is not there, unknown, of another kind or out of bounds."""
        names = {field.name for field in fields(cls)}
        for name in stated:
            if name not in names:
                raise BadConfiguration(field=name, value=stated[name], wanted="left out")
        for name in ("model", "input_cents", "output_cents"):
            if name not in stated:
                raise BadConfiguration(field=name, value="missing", wanted="given")
        made = cls(**stated)
        made._check()
        return made

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def weight_max(self) -> Decimal:
        return Decimal(self.weight_max_pct) / 100

    def _check(self) -> None:
        if not (
            isinstance(self.model, str) and 0 < len(self.model) <= 100 and self.model.isascii()
        ):
            raise BadConfiguration(field="model", value=self.model, wanted="a model's id")
        if self.effort not in EFFORTS:
            known = ", ".join(word or "empty" for word in EFFORTS)
            raise BadConfiguration(field="effort", value=self.effort, wanted=f"one of {known}")
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                wanted = f"a whole number from {low} to {high}"
                raise BadConfiguration(field=name, value=value, wanted=wanted)


# A prompt of more than 100,000 tokens costs more a token with some models; the bound keeps clear of that.
_BOUNDS = {
    "input_cents": (0, 100_000),
    "output_cents": (0, 100_000),
    "temperature_pct": (-1, 100),
    "bars_max": (1, 500),
    "turns_max": (1, 12),
    "answer_tokens_max": (200, 32_000),
    "timeout_s": (1, 3_600),
    "attempts_max": (1, 10),
    "every_bars": (1, 10_000),
    "weight_max_pct": (1, 100),
    "valid_bars": (1, 1_000),
    "decision_tokens_max": (1_000, 100_000),
    "decision_cents_max": (1, 10_000),
    "day_tokens_max": (1_000, 1_000_000_000),
    "day_cents_max": (1, 1_000_000),
}


@dataclass(frozen=True, slots=True)
class Hired:
    """A language model at work for a feed."""

    feed_id: str
    name: str
    instrument: str
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class SeenBar:
    """A closed bar: prices in quote units, volume in base units."""

    open_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class SeenFill:
    at: datetime
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str


@dataclass(frozen=True, slots=True)
class SeenNews:
    at: datetime
    source: str
    words: str


@dataclass(frozen=True, slots=True)
class SeenDecision:
    """An earlier decision of its own."""

    closed_at: datetime
    outcome: Outcome
    reason: str
    weight: Decimal
    confidence: Decimal
    rationale: str


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """The reference account as it was marked at the decision; amounts in the quote currency. `highest` is its
    highest mark."""

    quote: str
    opening: Decimal
    equity: Decimal
    cash: Decimal
    highest: Decimal
    fills: int


@dataclass(frozen=True, slots=True)
class Sight:
    """All that a model may see for one decision. It ends at `at`: nothing in it is later, and nothing leads further.

    Everything is oldest first. `weight` is the target that stands.
    """

    symbol: str
    interval_s: int
    at: datetime
    weight: Decimal
    account: SeenAccount
    bars: tuple[SeenBar, ...]
    fills: tuple[SeenFill, ...]
    decisions: tuple[SeenDecision, ...]
    news: tuple[SeenNews, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the API counted them."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_read + self.cache_write


@dataclass(frozen=True, slots=True)
class Reply:
    """A message of the model: content blocks as the Messages API has them, why it stopped, what it took."""

    content: list[dict[str, Any]]
    stop_reason: str | None
    usage: Usage
    id: str = ""
    model: str = ""
    stop_details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model wants, within its limits. `note` says where a limit changed it."""

    weight: Decimal
    confidence: Decimal
    rationale: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    tokens: int = 0
    microcents: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of one bar. `weight` is the target that stands after it; `closed_at` and `decided_at` are product
    time."""

    feed_id: str
    closed_at: datetime
    outcome: Outcome
    reason: Reason
    detail: str
    weight: Decimal
    confidence: Decimal
    rationale: str
    signal_id: str | None
    spent: Spent
    decided_at: datetime
