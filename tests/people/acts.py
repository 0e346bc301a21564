"""Every route of the JSON API that changes something, and where its trace is looked for."""

# What each route is known by in the trail; it may leave other lines beside this one.
ACTIONS = {
    ("POST", "/collectives"): "people.register_collective",
    ("POST", "/collectives/{collective_id}/keys"): "people.add_key",
    ("POST", "/collectives/{collective_id}/keys/{key_id}/revoke"): "people.revoke_key",
    ("POST", "/collectives/{collective_id}/keys/rotate"): "people.rotate_key",
    ("POST", "/collectives/{collective_id}/recoveries"): "people.begin_key_recovery",
    (
        "POST",
        "/collectives/{collective_id}/recoveries/{recovery_id}/stop",
    ): "people.stop_key_recovery",
    ("POST", "/collectives/{collective_id}/account/reset"): "accounts.reset",
    ("POST", "/leaderboard/seasons"): "seasons.open",
    ("POST", "/leaderboard/seasons/{season_id}/withdraw"): "seasons.withdraw",
    ("POST", "/collectives/{collective_id}/exchange-keys"): "venues.create_exchange_key",
    (
        "DELETE",
        "/collectives/{collective_id}/exchange-keys/{exchange_key_id}",
    ): "venues.revoke_exchange_key",
    ("POST", "/people"): "people.create_person",
    ("POST", "/people/{person_id}/roles"): "people.grant_role",
    ("POST", "/sessions"): "people.sign_in",
    ("DELETE", "/sessions"): "people.sign_out",
    ("POST", "/api-keys"): "people.create_api_key",
    ("DELETE", "/api-keys/{api_key_id}"): "people.revoke_api_key",
    ("PUT", "/risk/limits"): "risk.limits",
    ("POST", "/risk/halt"): "risk.kill",
    ("POST", "/risk/resume"): "risk.revive",
    ("PUT", "/risk/accounts/{account_id}/bounds"): "risk.bounds",
    ("POST", "/risk/accounts/{account_id}/stop"): "risk.bar",
    ("POST", "/risk/accounts/{account_id}/lift"): "risk.unbar",
    ("POST", "/risk/accounts/{account_id}/forgive-drawdown"): "risk.forgive",
    ("POST", "/accounts/{account_id}/flows"): "accounts.flow",
    ("PUT", "/live-trading"): "live.allow",
    ("PUT", "/live-trading/consent"): "live.agree",
    ("POST", "/documents"): "lab.register",
    ("POST", "/lab/trials"): "lab.register_trials",
    ("POST", "/lab/trials/{sha}/result"): "lab.record_results",
    ("POST", "/lab/sweeps"): "lab.open_sweep",
    ("POST", "/lab/sweeps/{sweep_id}/end"): "lab.sweep_interrupted",
    ("POST", "/lab/sweeps/{sweep_id}/cancel"): "lab.cancel_sweep",
    ("POST", "/feeds"): "feeds.open",
    ("POST", "/feeds/{feed_id}/lineage"): "feeds.set_lineage",
    ("POST", "/feeds/{feed_id}/close"): "feeds.close",
    ("POST", "/signals"): "feeds.publish",
    ("POST", "/market/listings"): "listings.draft",
    ("POST", "/market/listings/{listing_id}/submit"): "listings.submitted",
    ("POST", "/market/listings/{listing_id}/pause"): "listings.paused",
    ("POST", "/market/listings/{listing_id}/resume"): "listings.listed",
    ("POST", "/market/listings/{listing_id}/delist"): "listings.delisted",
    ("POST", "/market/listings/{listing_id}/take-down"): "moderation.take_down",
    ("POST", "/moderation/{case_id}/approve"): "moderation.approved",
    ("POST", "/moderation/{case_id}/reject"): "moderation.rejected",
    ("POST", "/market/subscribe"): "subscriptions.subscribe",
    ("POST", "/market/cancel"): "subscriptions.cancel",
    ("POST", "/market/subscriptions/{subscription_id}/payment-method"): "subscriptions.pay_with",
    ("POST", "/market/subscriptions/{subscription_id}/change"): "subscriptions.change",
    ("POST", "/market/subscriptions/{subscription_id}/undo"): "subscriptions.undo",
    ("POST", "/market/subscriptions/{subscription_id}/price"): "subscriptions.agree",
    ("POST", "/market/subscriptions/{subscription_id}/cooling-off"): "subscriptions.end",
    ("POST", "/market/subscriptions/{subscription_id}/pause"): "subscriptions.pause",
    ("PUT", "/market/listings/{listing_id}/free"): "subscriptions.set_free_tier",
    ("DELETE", "/market/listings/{listing_id}/free"): "subscriptions.set_free_tier",
    ("POST", "/market/listings/{listing_id}/follow"): "subscriptions.follow",
    ("POST", "/market/listings/{listing_id}/unfollow"): "subscriptions.unfollow",
    ("POST", "/market/coupons"): "subscriptions.make_coupon",
    ("POST", "/market/coupons/{coupon_id}/stop"): "subscriptions.stop_coupon",
    ("POST", "/billing/payment-methods"): "billing.add_payment_method",
    ("POST", "/billing/actions/{attempt_id}/confirm"): "billing.confirm",
    ("POST", "/dead-letters/{fact_id}/{handler}/replay"): "reactions.replay",
    ("POST", "/tape"): "tape.drive",
}
# Orders on the floor are in its journal, numbered and with who asked by which key, in the transaction of the order.
JOURNAL = {("POST", "/orders"), ("DELETE", "/orders/{order_id}")}
# No acts: a machine says once a second how far it is, and the sweep's row has the newest of it.
STANDING = {("PUT", "/lab/sweeps/{sweep_id}/progress")}
# They need an exchange to speak to: tests/trading/orders/live holds them to their lines.
AT_AN_EXCHANGE = {
    ("POST", "/live-trading/keys"),
    ("POST", "/live-trading/keys/{key_id}/revoke"),
    ("PUT", "/live-trading/limits"),
    ("POST", "/live-trading/halt"),
    ("POST", "/live-trading/resume"),
    ("POST", "/live-trading/orders"),
    ("POST", "/live-trading/orders/dry-run"),
    ("DELETE", "/live-trading/orders/{order_id}"),
    ("POST", "/live-trading/differences/{difference_id}/book"),
    ("POST", "/live-trading/differences/{difference_id}/close"),
}
# They need a card: tests/marketplace/listings/test_model_cards.py holds them to their lines.
WITH_A_CARD = {("POST", "/lab/cards"), ("POST", "/market/cards")}
# They need two operators: tests/money/adjustments/test_adjust.py holds them to their lines.
BY_TWO = {
    ("POST", "/ledger/adjustments"): "adjustments.ask",
    ("POST", "/ledger/adjustments/{adjustment_id}/sign"): "adjustments.sign",
    ("POST", "/ledger/adjustments/{adjustment_id}/withdraw"): "adjustments.withdraw",
}
# They need a creator with money: tests/money/payouts/test_routes.py holds them to their lines.
WITH_MONEY = {
    ("POST", "/payouts"): "payouts.request",
    ("POST", "/payouts/{payout_id}/cancel"): "payouts.cancel",
    ("POST", "/payouts/papers"): "payouts.hand_in_identity",
    ("POST", "/payouts/papers/{paper_id}/decide"): "payouts.paper_accepted",
    ("POST", "/payouts/{payout_id}/approve"): "payouts.approve",
    ("POST", "/payouts/{payout_id}/release"): "payouts.release",
    ("POST", "/payouts/{payout_id}/outcome"): "payouts.paid",
    ("POST", "/payouts/{payout_id}/reverse"): "payouts.reversed",
    ("POST", "/payouts/{payout_id}/reverse/drop"): "payouts.drop_reversal",
    ("POST", "/payouts/stops/{person_id}"): "payouts.stop",
    ("POST", "/payouts/stops/{stop_id}/lift"): "payouts.lift_stop",
}
# They need a plan, or an account under a contract: tests/money/usage/test_routes.py and
# tests/web/test_performance_fees.py hold them to their lines.
BY_CALL_OR_PROFIT = {
    ("PUT", "/usage/cap"): "usage.set_cap",
    ("POST", "/usage/plans"): "usage.open_plan",
    ("PUT", "/usage/plans/{subject}/cap"): "usage.set_cap",
    ("POST", "/usage/plans/{subject}/end"): "usage.end_plan",
    ("POST", "/usage/plans/{subject}/corrections"): "usage.correct",
    ("PUT", "/performance-fees/rules/{country}"): "performance_fees.switch",
    ("PUT", "/performance-fees/offer"): "performance_fees.set_offer",
    ("POST", "/performance-fees/contracts"): "performance_fees.agree",
    ("POST", "/performance-fees/contracts/{contract_id}/leave"): "performance_fees.leave",
    ("POST", "/performance-fees/contracts/{contract_id}/rate"): "performance_fees.change_rate",
}
# They need an arena that hosts strategies: tests/signals/lab/sources/test_routes.py and
# tests/signals/strategists/test_hosting.py hold them to their lines.
WITH_A_SOURCE = {
    ("POST", "/lab/sources"),
    ("DELETE", "/lab/sources/{sha}"),
    ("POST", "/feeds/{feed_id}/hosting"),
    ("POST", "/feeds/{feed_id}/hosting/stop"),
}
# They need an invoice that is to be paid: tests/money/collecting/test_routes.py holds them to their lines.
WITH_A_BILL = {
    ("PUT", "/billing/details"): "buyers.set_details",
    ("POST", "/tax-rates"): "buyers.set_tax_rate",
    ("POST", "/bills/{invoice_id}/pay"): "collecting.pay",
    ("POST", "/receivables/{invoice_id}/received"): "collecting.receive",
    ("POST", "/receivables/{invoice_id}/write-off"): "collecting.ask_write_off",
    ("POST", "/receivables/{invoice_id}/write-off/decide"): "collecting.write_off",
}
# They need a payment gateway of their own: test_routes.py, test_moves.py, test_explain.py and test_late.py in
# tests/money/billing/gateways hold them to their lines.
AT_A_GATEWAY = {
    ("POST", "/billing/card-visits"): "billing.begin_card_visit",
    ("POST", "/billing/card-visits/{visit_id}/finish"): "billing.add_payment_method",
    ("POST", "/billing/webhooks/stripe"): "billing.webhook",
    ("POST", "/payments/{attempt_id}/refund"): "billing.refund",
    ("POST", "/payments/{attempt_id}/received"): "billing.received_transfer",
    ("POST", "/refunds/{refund_id}/sent"): "billing.sent_refund",
    ("POST", "/billing/portal"): "billing.open_portal",
    ("POST", "/billing/payment-methods/refresh"): "billing.payment_method_gone",
    ("POST", "/payouts/account"): "billing.open_account",
    ("POST", "/gateway-moves"): "billing.ask_move",
    ("POST", "/gateway-moves/{move_id}/book"): "billing.book_move",
    ("POST", "/gateway-moves/{move_id}/withdraw"): "billing.withdraw_move",
    ("POST", "/reconciliation/compare"): "billing.compare",
    ("POST", "/reconciliation/explanations"): "billing.ask_explanation",
    ("POST", "/reconciliation/explanations/{explanation_id}/sign"): "billing.sign_explanation",
    (
        "POST",
        "/reconciliation/explanations/{explanation_id}/withdraw",
    ): "billing.withdraw_explanation",
    ("POST", "/gateway-events/{gateway}/{event_id}/retry"): "billing.retry_event",
    ("POST", "/owed/{attempt_id}/retry"): "billing.retry_owed",
    ("POST", "/owed/{person_id}/sent"): "billing.sent_owed",
    ("POST", "/payments/{attempt_id}/received-late"): "billing.received_late",
    ("POST", "/refunds/{refund_id}/came-back"): "billing.refund_came_back",
}
# They need a paused subscription, or one with seats: tests/marketplace/subscriptions/test_rest_and_seats.py holds them
# to their lines.
WITH_A_SUBSCRIPTION = {
    ("POST", "/market/subscriptions/{subscription_id}/resume"): "subscriptions.resume_pause",
    ("POST", "/market/subscriptions/{subscription_id}/seats"): "seats.invite",
    ("POST", "/market/subscriptions/{subscription_id}/seats/{seat_id}/revoke"): "seats.end",
    ("POST", "/market/seats/claim"): "seats.claim",
    ("POST", "/market/seats/{seat_id}/leave"): "seats.end",
}
# They need an invitation and whoever claims it: tests/marketplace/subscriptions/test_complimentary_routes.py.
GIVEN = {
    ("POST", "/market/listings/{listing_id}/complimentary"): "complimentary.invite",
    ("POST", "/market/complimentary/claim"): "complimentary.claim",
    ("POST", "/market/complimentary/{complimentary_id}/revoke"): "complimentary.end",
    ("POST", "/market/complimentary/{complimentary_id}/leave"): "complimentary.end",
}
# They need a payee whose name is on a list: tests/money/due_diligence/test_routes.py holds them to their lines.
ON_A_LIST = {("POST", "/due-diligence/cases/{case_id}/decide"): "due_diligence.case_cleared"}
