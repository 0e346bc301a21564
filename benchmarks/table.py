"""Tables: a side a row, the median of the rounds with the range beside it, ratios taken round by round."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Goal:
    """An aim: the median of `ratios` is at least (or, with `at_most`, at most) `aim`."""

    words: str
    ratios: Sequence[float]
    aim: float | None
    at_most: bool = False

    def line(self) -> str:
        middle = median(self.ratios)
        spread = f"{middle:.2f} ({min(self.ratios):.2f}..{max(self.ratios):.2f})"
        if self.aim is None:
            return f"  {self.words}: {spread}"
        met = middle <= self.aim if self.at_most else middle >= self.aim
        sign = "<=" if self.at_most else ">="
        return f"  {self.words}: {spread}, aim {sign} {self.aim:g}: {'met' if met else 'MISSED'}"


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Of each round; the rounds of both sides were taken one after the other."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Median (least..greatest)."""
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f}..{max(values):,.{digits}f})"


def show(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], goals: Sequence[Goal]
) -> None:
    """Prints the table as Markdown, then how the goals were met."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    print(f"\n## {title}\n")
    for number, row in enumerate((head, *rows)):
        print(
            "| "
            + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            + " |"
        )
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print()
    for goal in goals:
        print(goal.line())
    print(flush=True)
