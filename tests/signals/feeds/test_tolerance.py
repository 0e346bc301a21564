"""How far off a signal's time may be."""

import pytest

from arena.signals.feeds.tolerance import tolerance_s


@pytest.mark.parametrize(
    ("speed", "interval_s", "late_s", "early_s"),
    [
        ("1x", None, 10, 10),
        ("max", None, 10, 10),
        ("1x", 900, 910, 910),
        ("60x", 900, 1_500, 910),
        ("pause", 900, 910, 910),
        ("max", 900, 36_900, 910),
        ("auto", 900, 36_900, 910),
    ],
)
def test_pace_widens_the_past_and_never_the_future(
    speed: str, interval_s: int | None, late_s: int, early_s: int
) -> None:
    found = tolerance_s(setting_s=10, speed=speed, interval_s=interval_s)
    assert found == (late_s, early_s)
