"""Money: whole minor units with a currency. No float comes in, no cent gets lost."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` is the whole number of minor units (cents); `currency` is ISO 4217, upper case."""

    minor: int
    currency: str = "USD"

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"money is whole minor units, not {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError(f"{self.currency!r} is no ISO 4217 currency")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        sign, value = ("-" if self.minor < 0 else ""), abs(self.minor)
        return f"{sign}{value // 100}.{value % 100:02d} {self.currency}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add")
        return other.minor


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Splits whole units by weight with the largest remainder, ties by index; the sum is preserved.

    Source: Hamilton's method. Raises ValueError where the weights are negative or all zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    sign, units = (-1 if total < 0 else 1), abs(total)
    shares = [units * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(units * weights[i] % whole), i))
    for index in order[: units - sum(shares)]:
        shares[index] += 1
    return [sign * share for share in shares]
