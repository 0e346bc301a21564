"""Fact -> what follows. The one table that says what the arena does about what has happened."""

from datetime import timedelta
from functools import partial
from typing import Any

from arena.kit.db import Tx
from arena.kit.facts import Handler, Reaction, Routing
from arena.marketplace import delivery, listings, subscriptions
from arena.marketplace.listings import PricesRaised
from arena.marketplace.moderation import ListingTakenDown
from arena.marketplace.subscriptions import complimentary, free, seats
from arena.money import (
    collecting,
    due_diligence,
    invoices,
    payouts,
    performance_fees,
    statements,
    usage,
)
from arena.money.billing import (
    BooksApart,
    ChargeFailed,
    ChargeSucceeded,
    DisputeClosed,
    DisputeOpened,
    RefundSettled,
    send_books_apart,
)
from arena.money.performance_fees import FeeCrystallised, FeeModeChanged, FeePeriodClosed
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
            **_money(post),
            **_invoiced(post),
            **_to_payees(post),
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
        Reaction("free.stop", free.stop_follows),
        Reaction("complimentary.stop", complimentary.stop_complimentary),
        Reaction("payouts.stop", _stop_payee),
    ]


async def _stop_payee(tx: Tx, fact: ListingTakenDown) -> None:
    """Money is the marketplace's neighbour below and knows no listings: whose it was is looked up here."""
    creator_id = (await listings.listing(tx, fact.listing_id)).creator_id
    if creator_id.startswith("usr_"):  # a collective that nobody owns is paid to nobody
        await payouts.stop_payouts(tx, creator_id, reason=fact.reason, source=fact.listing_id)


def _money(post: access.Post) -> dict[type[Any], list[Reaction]]:
    """What follows from charges, refunds and disputes."""
    seller, grace = invoices.Seller.of(post.settings), timedelta(days=post.settings.grace_days)
    return {
        ChargeSucceeded: [
            Reaction("subscriptions.activate", subscriptions.activate),
            Reaction("invoices.issue", partial(subscriptions.invoice_charge, seller=seller)),
            Reaction("collecting.charge_paid", collecting.charge_paid),
        ],
        ChargeFailed: [
            Reaction("subscriptions.fall_behind", subscriptions.charge_failed),
            Reaction("collecting.charge_failed", partial(collecting.charge_failed, grace=grace)),
        ],
        BooksApart: [_letter("letters.books_apart", partial(send_books_apart, post=post))],
        RefundSettled: [Reaction("invoices.credit_refund", invoices.credit_refund)],
        DisputeOpened: [
            Reaction("subscriptions.suspend", subscriptions.suspend),
            Reaction("collecting.payment_disputed", collecting.payment_disputed),
            _letter("letters.dispute_opened", partial(payouts.send_dispute_opened, post=post)),
        ],
        DisputeClosed: [
            Reaction("subscriptions.resume", subscriptions.resume),
            Reaction("invoices.credit_dispute", invoices.credit_dispute),
            Reaction(
                "collecting.dispute_decided",
                partial(collecting.dispute_decided, seller=seller, grace=grace),
            ),
            _letter("letters.dispute_closed", partial(payouts.send_dispute_closed, post=post)),
        ],
    }


def _invoiced(post: access.Post) -> dict[type[Any], list[Reaction]]:
    """What follows from what is owed: invoices with a number, bills, letters, calls that are refused."""
    seller, grace = invoices.Seller.of(post.settings), timedelta(days=post.settings.grace_days)
    return {
        usage.UsageInvoiced: [
            Reaction("collecting.bill_usage", partial(collecting.bill_usage, seller=seller))
        ],
        FeeCrystallised: [
            Reaction("collecting.bill_fee", partial(collecting.bill_fee, seller=seller))
        ],
        collecting.BillSettled: [
            Reaction("collecting.let_through", partial(collecting.let_through, grace=grace))
        ],
        invoices.InvoiceIssued: [
            _letter("letters.invoice", partial(invoices.send_invoice, post=post))
        ],
        collecting.BillFellBehind: [
            _letter("letters.bill_behind", partial(collecting.send_behind, post=post))
        ],
        collecting.CallsBlocked: [
            _letter("letters.calls_blocked", partial(collecting.send_blocked, post=post))
        ],
    }


def _to_payees(post: access.Post) -> dict[type[Any], list[Reaction]]:
    """Who is paid: names are compared with sanctions lists, and each move of the money is told."""
    score_min = post.settings.sanctions_score_min
    return {
        due_diligence.PartyNamed: [
            Reaction(
                "due_diligence.screen", partial(due_diligence.screen_named, score_min=score_min)
            )
        ],
        due_diligence.SanctionsListLoaded: [
            Reaction(
                "due_diligence.screen_all", partial(due_diligence.screen_all, score_min=score_min)
            )
        ],
        due_diligence.SanctionsCaseMoved: [
            _letter("letters.case_moved", partial(due_diligence.send_case_moved, post=post))
        ],
        payouts.PayoutMoved: [
            _letter("letters.payout_moved", partial(payouts.send_payout_moved, post=post))
        ],
        payouts.PaperJudged: [
            _letter("letters.paper_judged", partial(payouts.send_paper_judged, post=post))
        ],
        payouts.TaxFormExpires: [
            _letter("letters.tax_form_expires", partial(payouts.send_tax_form_expires, post=post))
        ],
        FeeModeChanged: [
            _letter(
                "letters.fee_mode_changed", partial(performance_fees.send_mode_changed, post=post)
            )
        ],
        FeePeriodClosed: [
            _letter(
                "letters.fee_period_closed", partial(performance_fees.send_period_closed, post=post)
            )
        ],
        statements.PeriodClosed: [
            _letter("letters.statement", partial(statements.send_statement, post=post))
        ],
    }


def _to_subscribers(post: access.Post) -> dict[type[Any], list[Reaction]]:
    """What subscribers are told of prices and payments."""
    return {
        PricesRaised: [Reaction("subscriptions.announce_rise", subscriptions.announce_rise)],
        subscriptions.SubscriptionFellBehind: [
            _letter("letters.fell_behind", partial(subscriptions.send_fell_behind, post=post))
        ],
        subscriptions.RetryFailed: [
            _letter("letters.retry_failed", partial(subscriptions.send_retry_failed, post=post))
        ],
        subscriptions.RenewalCostsMore: [
            _letter("letters.costs_more", partial(subscriptions.send_costs_more, post=post))
        ],
        subscriptions.SubscriptionPaused: [
            _letter("letters.paused", partial(subscriptions.send_paused, post=post))
        ],
        subscriptions.SubscriptionResumesSoon: [
            _letter("letters.resumes_soon", partial(subscriptions.send_resumes_soon, post=post))
        ],
        seats.SeatInvited: [
            _letter("letters.seat_invitation", partial(seats.send_invitation, post=post))
        ],
        seats.SeatClaimed: [
            _letter("letters.seat_claimed", partial(seats.send_claimed, post=post))
        ],
        seats.SeatRevoked: [
            _letter("letters.seat_revoked", partial(seats.send_revoked, post=post))
        ],
        complimentary.ComplimentaryInvited: [
            _letter(
                "letters.complimentary_invitation",
                partial(complimentary.send_invitation, post=post),
            )
        ],
        complimentary.ComplimentaryClaimed: [
            _letter("letters.complimentary_claimed", partial(complimentary.send_claimed, post=post))
        ],
        complimentary.ComplimentaryEnded: [
            _letter("letters.complimentary_ended", partial(complimentary.send_ended, post=post))
        ],
        subscriptions.SubscriptionEnded: [
            _letter("letters.subscription_ended", partial(subscriptions.send_ended, post=post))
        ],
        usage.UsageAlerted: [
            _letter("letters.usage_alert", partial(usage.send_usage_alert, post=post))
        ],
        usage.UsageCorrected: [
            _letter("letters.usage_corrected", partial(usage.send_usage_corrected, post=post))
        ],
    }


def _letter(name: str, send: Handler) -> Reaction:
    return Reaction(name, send, outward=True)
