"""Seats: an Enterprise subscriber lets people of his in, by letter, and out again."""

from arena.marketplace.subscriptions.seats.claim import Invitation, claim, invitation
from arena.marketplace.subscriptions.seats.end import leave, revoke, trim
from arena.marketplace.subscriptions.seats.invite import invite
from arena.marketplace.subscriptions.seats.letters import (
    send_claimed,
    send_invitation,
    send_revoked,
)
from arena.marketplace.subscriptions.seats.model import (
    INVITED_MAX,
    LINK_DAYS,
    MOVES,
    NotYourSeat,
    Seat,
    SeatClaimed,
    SeatInvited,
    SeatLinkOver,
    SeatOfYourOwn,
    SeatRevoked,
    SeatsFull,
    State,
    TooManyInvited,
)
from arena.marketplace.subscriptions.seats.read import Room, held_by, room
from arena.marketplace.subscriptions.seats.routes import routes
from arena.marketplace.subscriptions.seats.token import seat_token

__all__ = [
    "INVITED_MAX",
    "LINK_DAYS",
    "MOVES",
    "Invitation",
    "NotYourSeat",
    "Room",
    "Seat",
    "SeatClaimed",
    "SeatInvited",
    "SeatLinkOver",
    "SeatOfYourOwn",
    "SeatRevoked",
    "SeatsFull",
    "State",
    "TooManyInvited",
    "claim",
    "held_by",
    "invitation",
    "invite",
    "leave",
    "revoke",
    "room",
    "routes",
    "seat_token",
    "send_claimed",
    "send_invitation",
    "send_revoked",
    "trim",
]
