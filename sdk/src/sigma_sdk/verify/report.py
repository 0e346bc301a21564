"""What a verification found, line by line, and the exit code each kind of failure has."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

EXIT_CODES = {
    "evidence": 10,  # incomplete, malformed, or not about this listing
    "keys": 11,  # a key's id does not follow from the key
    "signatures": 12,  # a signal is not signed by its collective, or was changed after
    "chain": 13,  # a gap, a repeat, a broken hash chain, time running backwards
    "checkpoint": 14,  # the log's signature over its checkpoint does not verify
    "inclusion": 15,  # a signal, its salt and time are not what the log committed to
    "consistency": 16,  # the log does not extend what it showed this machine before
    "prices": 17,  # bars are impossible, out of order, or off their ticks
    "record": 18,  # fills, fees, equity or the digest are not what follows from signals and prices
    "metrics": 19,  # the headline figures do not follow from the record
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. `held` of `total` held; `detail` says what exactly, or what did not."""

    stage: str
    name: str
    held: int
    total: int
    detail: str = ""

    @property
    def holds(self) -> bool:
        return self.held == self.total


class Broken(Exception):
    """The first thing that does not hold; nothing after it was looked at."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(f"{finding.name}: {finding.detail}")


@dataclass(slots=True)
class Report:
    """All findings so far, in order. `notes` are what was not checked, and why."""

    listing_id: str
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Raises Broken where it does not hold."""
        self.findings.append(finding)
        if not finding.holds:
            raise Broken(finding)

    @property
    def broken(self) -> Finding | None:
        return next((finding for finding in self.findings if not finding.holds), None)

    @property
    def exit_code(self) -> int:
        """0 where everything holds, else the code of the stage that broke."""
        return 0 if self.broken is None else EXIT_CODES[self.broken.stage]

    def as_json(self) -> dict[str, Any]:
        broken = self.broken
        return {
            "listing": self.listing_id,
            "holds": broken is None,
            "exit_code": self.exit_code,
            "broken": None if broken is None else {"name": broken.name, "detail": broken.detail},
            "checks": list(self._rows()),
            "notes": self.notes,
        }

    def _rows(self) -> Iterator[dict[str, Any]]:
        for finding in self.findings:
            yield {
                "stage": finding.stage,
                "name": finding.name,
                "held": finding.held,
                "total": finding.total,
                "holds": finding.holds,
                "detail": finding.detail,
            }
