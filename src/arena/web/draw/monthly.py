"""The monthly table: years as rows, newest first, each month with a class for its background, and the year's total."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

BOUNDS = (0.005, 0.02, 0.05, 0.10)  # between the shades, as fractions


@dataclass(frozen=True, slots=True)
class Cell:
    """A net return as a fraction, None where there is no record; `shade` is a class name."""

    value: float | None
    shade: str

    @property
    def text(self) -> str:
        """In per cent with its sign, without the word; empty where there is no record."""
        if self.value is None:
            return ""
        text = f"{self.value * 100:+,.1f}"
        return (text if float(text.replace(",", "")) else text[1:]).replace("-", "−")


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months, and what they compound to."""

    year: int
    months: tuple[Cell, ...]
    total: Cell


def monthly_table(months: Iterable[tuple[str, float]]) -> list[Year]:
    """Of months (`2021-09`) with their net returns."""
    known = dict(months)
    years = sorted({int(month[:4]) for month in known}, reverse=True)
    return [_year(year, [known.get(f"{year}-{number:02d}") for number in range(1, 13)]) for year in years]  # fmt: skip


def shade(value: float | None) -> str:
    """none, level, or gain and loss in four steps: gain-1 … gain-4."""
    if value is None:
        return "none"
    step = sum(abs(value) >= bound for bound in BOUNDS)
    return "level" if step == 0 else f"{'gain' if value > 0 else 'loss'}-{step}"


def _year(year: int, values: list[float | None]) -> Year:
    total = prod(1 + value for value in values if value is not None) - 1
    return Year(year, tuple(Cell(value, shade(value)) for value in values), Cell(total, shade(total)))  # fmt: skip
