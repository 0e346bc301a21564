"""The link of a seat's invitation."""

from arena.kit.vault import Vault
from arena.marketplace.subscriptions.claim_link import claimed_by, link_token
from arena.marketplace.subscriptions.seats.model import SeatLinkOver

PURPOSE = "seat-invitation"


def seat_token(vault: Vault, seat_id: str) -> str:
    """What the link of this seat's invitation ends in."""
    return link_token(vault, PURPOSE, seat_id)


def seat_of(vault: Vault, token: str) -> str:
    """The seat the link is for. Raises SeatLinkOver."""
    seat_id = claimed_by(vault, PURPOSE, token)
    if seat_id is None:
        raise SeatLinkOver
    return seat_id
