"""The tape as an operator sees it: where it stands, whether it plays, and which paces can be asked for."""

from dataclasses import dataclass

from arena.kit.db import Tx
from arena.trading import market
from arena.web.page import N_, _

PACES = (
    ("pause", N_("Pause")),
    ("1x", "1×"),
    ("60x", "60×"),
    ("900x", "900×"),
    ("max", N_("As fast as it can")),
    ("auto", N_("Automatic")),
)


@dataclass(frozen=True, slots=True)
class TapeView:
    """`state` is playing, paused, ended or live; `driven` says whether its pace can be changed.

    `says` is the state in a word or two, `why` and `pace` are what is to be known about it.
    """

    tape: market.Tape
    state: str
    says: str
    why: str
    pace: str

    @property
    def driven(self) -> bool:
        return self.state in ("playing", "paused")


async def tape_view(tx: Tx) -> TapeView | None:
    """None before a tape has been opened."""
    try:
        tape = await market.tape(tx)
    except market.NoTape:
        return None
    return TapeView(tape, *_state(tape), _pace(tape.speed))


def paces() -> list[tuple[str, str]]:
    return [(speed, _(words)) for speed, words in PACES]


def _state(tape: market.Tape) -> tuple[str, str, str]:
    if tape.source == "live":
        return "live", _("live"), _("bars come as the exchange closes them")
    if tape.ended_at:
        return "ended", _("ended"), _("nothing new will happen")
    if tape.until and tape.product_now >= tape.until:
        return "paused", _("paused"), _("it has reached the time it was to play to")
    if tape.speed == "pause":
        return "paused", _("paused"), _("until another pace is chosen")
    return "playing", _("playing"), ""


def _pace(speed: str) -> str:
    if speed == "auto":
        return _("hurries until the first listings are through burn-in, then two bars a second")
    if speed == "max":
        return _("as fast as it can")
    if speed == "pause":
        return _("stands still")
    times = int(speed.removesuffix("x"))
    return _("real time") if times == 1 else _("%(times)s times real time", times=f"{times:,}")
