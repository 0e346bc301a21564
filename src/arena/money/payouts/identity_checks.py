"""Who finds out who a payee is: an operator who reviews papers and documents, or Stripe as it opens an account for him.

Either way the payee says his name here, which is compared with sanctions lists, tax form and account.
"""

from collections.abc import Mapping
from typing import Protocol

from arena.kit.db import Tx
from arena.money import billing
from arena.money.payouts.model import Gate, Paper


class IdentityCheck(Protocol):
    """Says whether a payee is known, from the paper in which he says who he is."""

    async def gate(self, tx: Tx, paper: Paper | None) -> Gate:
        """The gate `identity` as it stands now; nothing is asked over the network."""
        ...


class ManualReview:
    """An operator has accepted the paper, by documents or by what else he knows."""

    async def gate(self, tx: Tx, paper: Paper | None) -> Gate:
        if paper is None:
            return Gate("identity", False, "none")
        if paper.state != "accepted":
            return Gate("identity", False, paper.state, detail=paper.reason or "")
        return Gate("identity", True)


class StripeVerification:
    """Stripe asks for nothing more and pays out; an operator may still refuse the paper."""

    async def gate(self, tx: Tx, paper: Paper | None) -> Gate:
        if paper is None:
            return Gate("identity", False, "none")
        if paper.state == "refused":
            return Gate("identity", False, "refused", detail=paper.reason or "")
        there = await billing.connected_account(tx, paper.person_id, "stripe")
        if there is None or there.closed:
            return Gate(
                "identity", False, "closed_there", detail=there.problem or "" if there else ""
            )
        if not there.details_submitted:
            return Gate("identity", False, "unfinished")
        if there.due:
            return Gate("identity", False, "due_there", detail=str(len(there.due)))
        return Gate("identity", True) if there.ready else Gate("identity", False, "checked_there")


CHECKS: Mapping[str, IdentityCheck] = {"manual": ManualReview(), "stripe": StripeVerification()}
