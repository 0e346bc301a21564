"""The link of an invitation: signed, so that neither the database nor a fact nor the log has it."""

import base64
import hmac

from arena.kit.vault import Vault


def link_token(vault: Vault, purpose: str, invited_id: str) -> str:
    """What the link ends in: the id of what can be claimed, and a keyed digest of it (HMAC-SHA256). A link of one
    purpose opens nothing of another."""
    proof = base64.urlsafe_b64encode(vault.digest(purpose, invited_id.encode()))
    return f"{invited_id}.{proof.decode().rstrip('=')}"


def claimed_by(vault: Vault, purpose: str, token: str) -> str | None:
    """The id that the link is for; None where the arena never made it."""
    invited_id = token.partition(".")[0]
    made = link_token(vault, purpose, invited_id)
    return invited_id if hmac.compare_digest(token.encode(), made.encode()) else None
