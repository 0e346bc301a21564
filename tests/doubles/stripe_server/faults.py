"""Bad days: answers lost after the deed, 500 after the deed, too many calls; each for the next calls that match."""

from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["drop", "500", "429", "slow"]


@dataclass(slots=True)
class Faults:
    """`next("drop", "POST /v1/refunds")`: the next such call is carried out and its answer lost."""

    waiting: list[tuple[Fault, str]] = field(default_factory=list)

    def next(self, fault: Fault, call: str = "POST /v1/payment_intents") -> None:
        self.waiting.append((fault, call))

    def take(self, call: str, *among: Fault) -> Fault | None:
        for fault, of in self.waiting:
            if of == call and fault in among:
                self.waiting.remove((fault, of))
                return fault
        return None
