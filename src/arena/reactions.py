"""Fact -> what follows. The one table that says what the arena does about what has happened."""

from functools import partial
from typing import Any

from arena.kit.db import Tx
from arena.kit.facts import Handler, Reaction, Routing
from arena.marketplace import delivery, listings, subscriptions
from arena.marketplace.listings import PricesRaised
from arena.marketplace.moderation import ListingTakenDown
from arena.money import payouts, usage
from arena.money.billing import ChargeFailed, ChargeSucceeded, DisputeClosed, DisputeOpened
from arena.people import access
from arena.people.access import PasswordChanged, PasswordResetRequested
from arena.people.identity import CreatorDecided, KeyRecoveryBegun, KeyRecoveryEnded
from arena.signals import following
from arena.signals.feeds import SignalPublished
from arena.signals.strategists import hosting
from arena.trading import orders
from arena.trading.orders import OrderFilled
from arena.trading.venues.bars import BarVenue
from arena.trading.venues.dialects import binance


def table(venue: BarVenue, post: access.Post) -> Routing:
    """The routing of an arena. Handlers are idempotent by fact; the order within a row is the order they run in."""
    return Routing(
        {
            SignalPublished: [
                Reaction("following.follow", partial(following.follow, venue=venue)),
                Reaction("delivery.announce", delivery.announce),
            ],
            OrderFilled: [Reaction("following.protect", partial(following.protect, venue=venue))],
            **_money(),
            PasswordResetRequested: [
                _letter("letters.reset_link", partial(access.send_reset_link, post=post))
            ],
            PasswordChanged: [
                _letter(
                    "letters.password_changed", partial(access.send_password_changed, post=post)
                )
            ],
            CreatorDecided: [
                _letter("letters.creator_decided", partial(access.send_creator_decision, post=post))
            ],
            orders.LiquidationBegan: [
                _letter(
                    "letters.liquidation_began", partial(orders.send_liquidation_began, post=post)
                )
            ],
            orders.LiquidationStep: [
                _letter(
                    "letters.liquidation_step", partial(orders.send_liquidation_step, post=post)
                )
            ],
            orders.LiquidationEnded: [
                _letter(
                    "letters.liquidation_ended", partial(orders.send_liquidation_ended, post=post)
                )
            ],
            KeyRecoveryBegun: [
                _letter("letters.recovery_begun", partial(access.send_recovery_begun, post=post))
            ],
            KeyRecoveryEnded: [
                Reaction("exchange_keys.end", binance.end_exchange_keys),
                _letter("letters.recovery_ended", partial(access.send_recovery_ended, post=post)),
            ],
            hosting.HostingFailed: [
                _letter("letters.hosting_failed", partial(hosting.send_hosting_failed, post=post))
            ],
            ListingTakenDown: _taken_down(),
            **_to_subscribers(post),
        }
    )


def _taken_down() -> list[Reaction]:
    return [
        Reaction("subscriptions.stop", subscriptions.stop_for_listing),
        Reaction("payouts.stop", _stop_payee),
    ]


async def _stop_payee(tx: Tx, fact: ListingTakenDown) -> None:
    """Money is the marketplace's neighbour below and knows no listings: whose it was is looked up here."""
    creator_id = (await listings.listing(tx, fact.listing_id)).creator_id
    if creator_id.startswith("usr_"):  # a collective that nobody owns is paid to nobody
        await payouts.stop_payouts(tx, creator_id, reason=fact.reason, source=fact.listing_id)


def _money() -> dict[type[Any], list[Reaction]]:
    """What follows from charges and disputes."""
    return {
        ChargeSucceeded: [Reaction("subscriptions.activate", subscriptions.activate)],
        ChargeFailed: [Reaction("subscriptions.fall_behind", subscriptions.charge_failed)],
        DisputeOpened: [Reaction("subscriptions.suspend", subscriptions.suspend)],
        DisputeClosed: [Reaction("subscriptions.resume", subscriptions.resume)],
    }


def _to_subscribers(post: access.Post) -> dict[type[Any], list[Reaction]]:
    """What subscribers are told of prices and payments."""
    return {
        PricesRaised: [Reaction("subscriptions.announce_rise", subscriptions.announce_rise)],
        subscriptions.SubscriptionFellBehind: [
            _letter("letters.fell_behind", partial(subscriptions.send_fell_behind, post=post))
        ],
        subscriptions.RenewalCostsMore: [
            _letter("letters.costs_more", partial(subscriptions.send_costs_more, post=post))
        ],
        subscriptions.SubscriptionEnded: [
            _letter("letters.subscription_ended", partial(subscriptions.send_ended, post=post))
        ],
        usage.UsageAlerted: [
            _letter("letters.usage_alert", partial(usage.send_usage_alert, post=post))
        ],
    }


def _letter(name: str, send: Handler) -> Reaction:
    return Reaction(name, send, outward=True)
