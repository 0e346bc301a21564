"""What objects carry beyond what their makers say: the keys that Stripe always sends, at rest.

`tests/doubles/test_stripe_shapes.py` holds each answer to the types of Stripe's own SDK.
"""

from typing import Any

_NOBODY = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
DEFAULTS: dict[str, dict[str, Any]] = {
    "charge": {
        "billing_details": _NOBODY, "calculated_statement_descriptor": "SIGMA ARENA", "fraud_details": {},
        **dict.fromkeys((
            "application", "application_fee", "application_fee_amount", "description", "failure_balance_transaction",
            "failure_message", "on_behalf_of", "outcome", "payment_method_details", "receipt_email", "receipt_number",
            "receipt_url", "review", "shipping", "source_transfer", "statement_descriptor",
            "statement_descriptor_suffix", "transfer_data", "transfer_group",
        )),
    },
    "payment_intent": {
        "amount_capturable": 0, "amount_details": {}, "payment_method_options": {},
        **dict.fromkeys((
            "application", "application_fee_amount", "automatic_payment_methods", "on_behalf_of", "processing",
            "receipt_email", "review", "setup_future_usage", "shipping", "statement_descriptor",
            "statement_descriptor_suffix", "transfer_data", "transfer_group",
        )),
    },
    "payment_method": {"billing_details": _NOBODY, "allow_redisplay": "unspecified"},
    "customer": {"balance": 0, "delinquent": False, "default_source": None, "shipping": None},
    "setup_intent": {
        "client_secret": "seti_local_secret_local", "payment_method_options": {}, "payment_method_types": ["card"],
        **dict.fromkeys((
            "application", "cancellation_reason", "description", "flow_directions", "latest_attempt", "mandate",
            "next_action", "on_behalf_of", "single_use_mandate",
        )),
    },
    "checkout.session": {
        "automatic_tax": {"enabled": False, "status": None, "liability": None, "provider": None},
        "custom_fields": [], "custom_text": {
            "after_submit": None, "shipping_address": None, "submit": None, "terms_of_service_acceptance": None,
        },
        "payment_method_types": ["card"], "payment_method_options": {}, "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        **dict.fromkeys((
            "after_expiration", "allow_promotion_codes", "amount_subtotal", "amount_total",
            "billing_address_collection", "consent", "consent_collection", "currency", "customer_creation",
            "customer_details", "customer_email",
            "invoice", "invoice_creation", "locale", "payment_intent", "payment_link", "payment_method_collection",
            "recovered_from", "shipping_address_collection", "shipping_cost", "submit_type", "subscription",
            "total_details",
        )),
    },
    "account": {"business_profile": None, "controller": None, "future_requirements": None},
    "dispute": {"enhanced_eligibility_types": [], "network_reason_code": None},
    "refund": dict.fromkeys((
        "balance_transaction", "failure_balance_transaction", "receipt_number", "source_transfer_reversal",
        "transfer_reversal",
    )),
    "balance_transaction": {"balance_type": "payments", "fee_details": []},
    "transfer": {
        "amount_reversed": 0, "reversed": False, "source_transaction": None, "source_type": "card", "description": None,
    },
    "transfer_reversal": {"destination_payment_refund": None, "source_refund": None},
    "payout": {
        "application_fee": None, "application_fee_amount": None, "automatic": False, "description": None,
        "failure_balance_transaction": None, "failure_code": None, "failure_message": None, "method": "standard",
        "original_payout": None, "reconciliation_status": "not_applicable", "reversed_by": None,
        "source_type": "card", "statement_descriptor": None, "trace_id": None, "type": "bank_account",
    },
    "billing_portal.session": {
        "configuration": "bpc_local", "customer_account": None, "flow": None, "locale": None, "on_behalf_of": None,
    },
}  # fmt: skip
# Stripe says neither when these were made nor in which mode.
BARE: dict[str, tuple[str, ...]] = {
    "balance_transaction": ("livemode",), "refund": ("livemode",), "transfer_reversal": ("livemode",),
    "bank_account": ("livemode", "created"), "account": ("livemode",),
}  # fmt: skip
EVIDENCE: dict[str, Any] = dict.fromkeys(
    (
        "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
        "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
        "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation",
        "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt", "refund_policy",
        "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation",
        "shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation",
        "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
    )
)  # fmt: skip
EVIDENCE["enhanced_evidence"] = {}
EVIDENCE_DETAILS: dict[str, Any] = {
    "due_by": None, "enhanced_eligibility": {}, "has_evidence": False, "past_due": False, "submission_count": 0,
    "submission_method": "not_submitted",
}  # fmt: skip
