"""What creators earned: on hold, free, kept in reserve, owed; holds that end, and what is taken back."""

from arena.money.earnings.mature import mature, mature_due
from arena.money.earnings.model import Earnings, Hold, Month, Movement, NoSuchMovement, Waiting
from arena.money.earnings.movement import movement
from arena.money.earnings.read import earnings, holds, months, waiting
from arena.money.earnings.take_back import taken_back

__all__ = [
    "Earnings",
    "Hold",
    "Month",
    "Movement",
    "NoSuchMovement",
    "Waiting",
    "earnings",
    "holds",
    "mature",
    "mature_due",
    "months",
    "movement",
    "taken_back",
    "waiting",
]
