"""How far a signal's issued_at may lie from the arena's time on arrival."""

REPLAY_FACTOR_MAX = 3600
"""What `max` and `auto` count as: at those paces the tape runs as fast as the machine can."""


def tolerance_s(*, setting_s: int, speed: str, interval_s: int | None) -> tuple[int, int]:
    """(seconds a signal may be late, seconds it may be early), in product time.

    At the wall clock (`interval_s` is None) both are the operator's setting. On a replayed tape a second
    on the way is `speed` seconds of product time, so the setting is multiplied by the pace, and the clock
    moves by whole bars, so one bar is added. The future does not come faster by replay: early is the
    setting and one bar.
    """
    if interval_s is None:
        return setting_s, setting_s
    pace = speed[:-1]
    if speed == "pause":
        factor = 1
    elif pace.isdigit():
        factor = int(pace)
    else:
        factor = REPLAY_FACTOR_MAX
    return setting_s * factor + interval_s, setting_s + interval_s
