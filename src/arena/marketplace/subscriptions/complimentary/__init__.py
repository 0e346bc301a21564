"""Complimentary access: a creator gives somebody a tier of his listing for nothing, by letter, until a day."""

from arena.marketplace.subscriptions.complimentary.claim import Invitation, claim, invitation
from arena.marketplace.subscriptions.complimentary.end import (
    end_over,
    give_back,
    revoke,
    stop_complimentary,
)
from arena.marketplace.subscriptions.complimentary.invite import invite
from arena.marketplace.subscriptions.complimentary.letters import (
    send_claimed,
    send_ended,
    send_invitation,
)
from arena.marketplace.subscriptions.complimentary.model import (
    DAYS_MAX,
    LINK_DAYS,
    MOVES,
    AlreadyComplimentary,
    Complimentary,
    ComplimentaryClaimed,
    ComplimentaryEnded,
    ComplimentaryFull,
    ComplimentaryInvited,
    ComplimentaryLinkOver,
    ComplimentaryTaken,
    ComplimentaryTierFull,
    ComplimentaryToYourself,
    LastDayOutOfBounds,
    NoSuchComplimentary,
    NotYoursToGive,
    State,
    Wish,
)
from arena.marketplace.subscriptions.complimentary.read import (
    ever_held,
    given,
    giver,
    held_by,
    names_of,
    open_now,
    standing,
)
from arena.marketplace.subscriptions.complimentary.routes import routes
from arena.marketplace.subscriptions.complimentary.token import complimentary_token

__all__ = [
    "DAYS_MAX",
    "LINK_DAYS",
    "MOVES",
    "AlreadyComplimentary",
    "Complimentary",
    "ComplimentaryClaimed",
    "ComplimentaryEnded",
    "ComplimentaryFull",
    "ComplimentaryInvited",
    "ComplimentaryLinkOver",
    "ComplimentaryTaken",
    "ComplimentaryTierFull",
    "ComplimentaryToYourself",
    "Invitation",
    "LastDayOutOfBounds",
    "NoSuchComplimentary",
    "NotYoursToGive",
    "State",
    "Wish",
    "claim",
    "complimentary_token",
    "end_over",
    "ever_held",
    "give_back",
    "given",
    "giver",
    "held_by",
    "invitation",
    "invite",
    "names_of",
    "open_now",
    "revoke",
    "routes",
    "send_claimed",
    "send_ended",
    "send_invitation",
    "standing",
    "stop_complimentary",
]
