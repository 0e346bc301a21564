"""The link of an invitation to complimentary access."""

from arena.kit.vault import Vault
from arena.marketplace.subscriptions.claim_link import claimed_by, link_token
from arena.marketplace.subscriptions.complimentary.model import ComplimentaryLinkOver

PURPOSE = "complimentary-invitation"


def complimentary_token(vault: Vault, complimentary_id: str) -> str:
    """What the link of this invitation ends in."""
    return link_token(vault, PURPOSE, complimentary_id)


def complimentary_of(vault: Vault, token: str) -> str:
    """What the link is for. Raises ComplimentaryLinkOver."""
    complimentary_id = claimed_by(vault, PURPOSE, token)
    if complimentary_id is None:
        raise ComplimentaryLinkOver
    return complimentary_id
