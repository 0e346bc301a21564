"""Letters about a liquidation, to the person whose collective is being sold out of its positions."""

from decimal import Decimal

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.people import identity
from arena.people.access import Post
from arena.trading.orders.liquidation import store
from arena.trading.orders.liquidation.model import (
    Liquidation,
    LiquidationBegan,
    LiquidationEnded,
    LiquidationStep,
)
from arena.trading.portfolio import account

_CAUSES = {
    "drawdown": "has lost {level} of its highest equity, and its trigger is {trigger}",
    "exposure": "has {level} of its equity in positions, and its trigger is {trigger}",
}
_WAY = "Its limits, and what was sold"


async def send_liquidation_began(tx: Tx, fact: LiquidationBegan, *, post: Post) -> None:
    """Raises MailNotSent."""
    found = await _found(tx, fact.liquidation_id)
    cause = _CAUSES[found.cause].format(
        level=_percent(found.level), trigger=_percent(found.trigger)
    )
    await _send(
        tx, post, found, "began", "Your account is being liquidated",
        f"the account {found.account_id} {cause}.",
        "The arena has cancelled its open orders and sells its positions, a slice at a time. Until that is done only"
        " orders that reduce a position are taken.",
    )  # fmt: skip


async def send_liquidation_step(tx: Tx, fact: LiquidationStep, *, post: Post) -> None:
    """Raises MailNotSent."""
    found = await _found(tx, fact.liquidation_id)
    step = next(s for s in await store.steps(tx, found.id) if s.number == fact.number)
    if step.sold:
        assert step.proceeds is not None, "what was sold has brought something"
        words = (
            f"for the account {found.account_id} {_plain(step.sold)} {step.symbol} were sold for"
            f" {_plain(step.proceeds)}, which is {_plain(round(step.proceeds / step.sold, 8))} each, fees aside."
        )
    else:
        words = f"for the account {found.account_id} nothing of {step.symbol} could be sold."
    rest = f"This was slice {step.number}, of {_plain(step.quantity)}, at {iso_ms(fact.at)}."
    if step.why:
        rest += f" Why it was not sold as a whole: {step.why}"
    await _send(tx, post, found, f"step {step.number}", "A slice of your position", words, rest)


async def send_liquidation_ended(tx: Tx, fact: LiquidationEnded, *, post: Post) -> None:
    """Raises MailNotSent."""
    found = await _found(tx, fact.liquidation_id)
    steps = await store.steps(tx, found.id)
    proceeds = sum((step.proceeds or Decimal(0) for step in steps), Decimal(0))
    after = (
        "Orders are taken again, within the limits of the account."
        if found.cause == "exposure"
        else "Orders that open a position are refused while the drawdown stays where it is; the operator can let it be"
        " counted anew."
    )
    await _send(
        tx, post, found, "ended", "The liquidation of your account has ended",
        f"of the account {found.account_id} positions were sold for {_plain(proceeds)}, in {len(steps)} slices.",
        after,
    )  # fmt: skip


async def _found(tx: Tx, liquidation_id: str) -> Liquidation:
    found = await store.liquidation(tx, liquidation_id)
    assert found is not None, "liquidations are never deleted"
    return found


async def _send(
    tx: Tx, post: Post, found: Liquidation, which: str, subject: str, *words: str
) -> None:
    """To the person who answers for the collective whose account it is; nobody may."""
    owner = await account(tx, found.account_id)
    collective = await identity.collective(tx, owner.owner_id)
    if collective.owner_id is None:
        return
    person = await identity.person(tx, collective.owner_id)
    link = Link(_WAY, post.link(f"/studio/trading/{found.account_id}"))
    await post.mail.send(
        Message(derived("liq", found.id, which), person.email, subject, ("Hello,", *words, link))
    )


def _percent(fraction: Decimal) -> str:
    return f"{format(round(fraction * 100, 2).normalize(), 'f')} %"


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
