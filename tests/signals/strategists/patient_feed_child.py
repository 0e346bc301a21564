"""The process in which feeds' strategies are held, with patience: a busy machine may make an honest one wait for long.

One that spins on purpose keeps the limit of the product.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from arena.signals.lab.own import Limits
from arena.signals.strategists.hosting import feed_child

SPINS = "while True: pass"
BAR_S, LOAD_S, TAKE_S = 5.0, 30.0, 20.0


class PatientFeeds(feed_child._Feeds):
    def _load(self, load: Mapping[str, Any]) -> dict[str, Any]:
        patient = SPINS not in load["text"]

        def limits(**named: Any) -> Limits:
            given = Limits(**named)
            return replace(given, bar_s=BAR_S if patient else given.bar_s, load_s=LOAD_S)

        feed_child.Limits = limits  # type: ignore[misc,assignment]  # where the product makes its own
        return super()._load(load)


if __name__ == "__main__":
    feed_child.TAKE_S = TAKE_S
    feed_child._Feeds = PatientFeeds  # type: ignore[misc]  # `main` makes them
    feed_child.main()
