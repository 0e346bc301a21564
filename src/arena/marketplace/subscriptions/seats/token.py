"""The link of an invitation: signed, so that neither the database nor a fact nor the log has it."""

import base64
import hmac

from arena.kit.vault import Vault
from arena.marketplace.subscriptions.seats.model import SeatLinkOver


def seat_token(vault: Vault, seat_id: str) -> str:
    """What the link of this seat's invitation ends in: its id, and a keyed digest of it (HMAC-SHA256)."""
    proof = base64.urlsafe_b64encode(vault.digest("seat-invitation", seat_id.encode()))
    return f"{seat_id}.{proof.decode().rstrip('=')}"


def seat_of(vault: Vault, token: str) -> str:
    """The seat the link is for. Raises SeatLinkOver."""
    seat_id = token.partition(".")[0]
    if not hmac.compare_digest(token.encode(), seat_token(vault, seat_id).encode()):
        raise SeatLinkOver
    return seat_id
