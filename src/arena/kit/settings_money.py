"""What the operator may set of money: how subscribers pay, how creators are paid. A part of `kit.settings`."""

from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings


class MoneySettings(BaseSettings):
    """Money in cents of US dollars; bps are 1/10,000."""

    platform_share_bps: int = Field(
        1500, ge=0, le=10_000, description="The platform's part of a subscription."
    )
    free_delay_hours_min: int = Field(
        24, ge=1, le=168, description="A creator's free tier is at least so late."
    )
    free_delay_hours_max: int = Field(
        168, ge=24, le=720, description="And at most; after 7 days a record is public anyway."
    )
    complimentary_max: int = Field(
        20, ge=0, description="Complimentary accesses of a listing that are open at once."
    )
    buyer_country_required: bool = Field(
        False,
        description="Nobody subscribes before his billing details say in which country he is.",
    )
    grace_days: int = Field(
        3, ge=0, le=14, description="How long access goes on after a renewal was declined."
    )
    price_cents_min: int = Field(
        100, ge=100, le=10_000_000, description="The least that a month of a tier may cost."
    )
    price_cents_max: int = Field(
        10_000_000, ge=100, le=10_000_000,
        description="The most that a month of a tier may cost; a year, twelve times as much.",
    )  # fmt: skip
    payout_hold_days: int = Field(
        7,
        ge=0,
        le=365,
        description="Days a creator's part of a charge waits before it can be paid out.",
    )
    payout_reserve_bps: int = Field(
        500, ge=0, le=10_000,
        description="Part of what became available lately that stays back against refunds.",
    )  # fmt: skip
    payout_reserve_days: int = Field(30, ge=0, le=365, description="How long that part stays back.")
    payout_cents_min: int = Field(2500, ge=1, description="Smallest payout.")
    payout_two_people_cents: int = Field(
        100_000, ge=0,
        description="Payouts from this amount on need two operators: one approves, another one releases.",
    )  # fmt: skip
    payout_gateway: Literal["fake", "manual", "stripe"] = Field(
        "fake",
        description="How creators are paid: pretended, by an operator who sends money and says so, or by Stripe to"
        " accounts of their own there (Connect).",
    )
    payment_gateway: Literal["fake", "manual", "stripe"] = Field(
        "fake",
        description="How subscribers pay: pretended with test cards, by bank transfers that an operator confirms,"
        " or by Stripe.",
    )
    bank_details: str = Field(
        "", max_length=1000,
        description="Where to transfer to, shown to subscribers, with the manual gateway.",
    )  # fmt: skip
    seller_name: str = Field(
        "",
        max_length=120,
        description="Who sells, as it stands on invoices: the operator's name in law.",
    )
    seller_address: str = Field(
        "", max_length=400,
        description="The operator's address on invoices, its lines separated by `;`, without the country.",
    )  # fmt: skip
    seller_country: str = Field(
        "", pattern="^([A-Z]{2})?$",
        description="The operator's country on invoices, ISO 3166-1 alpha-2.",
    )  # fmt: skip
    seller_tax_id: str = Field(
        "", max_length=40, description="The operator's VAT number, EIN or the like on invoices."
    )
    identity_check: Literal["manual", "stripe"] = Field(
        "manual",
        description="Who finds out who creators are: an operator who reviews papers and documents, or Stripe as it"
        " opens their accounts (with ARENA_PAYOUT_GATEWAY=stripe).",
    )
    identity_documents: Literal["asked", "required"] = Field(
        "asked",
        description="Whether an operator may accept who a payee is without a document: asked leaves it to him.",
    )
    document_keep_days: int = Field(
        1826, ge=30, le=7305,
        description="Days after which a payee's documents are erased; five years, as European law asks for.",
    )  # fmt: skip
    sanctions_score_min: int = Field(
        80, ge=75, le=100,
        description="How much of 100 a payee's name has to be like one on a sanctions list to make a case.",
    )  # fmt: skip
    stripe_key: SecretStr | None = Field(
        None,
        validate_default=True,
        description="Secret or restricted key of a Stripe account (sk_… or rk_…).",
    )
    stripe_webhook_secret: SecretStr | None = Field(
        None,
        description="Signing secrets (whsec_…, by spaces) of the webhooks to /billing/webhooks/stripe: that of your"
        " account, and that of connected accounts.",
    )
    stripe_url: str = Field("https://api.stripe.com", description="Where Stripe's API answers.")

    @field_validator("stripe_key")
    @classmethod
    def _stripe_key(cls, key: SecretStr | None, given: ValidationInfo) -> SecretStr | None:
        if key is None or not key.get_secret_value().strip():
            for name in ("payment_gateway", "payout_gateway"):
                if given.data.get(name) == "stripe":
                    raise ValueError(f"ARENA_{name.upper()}=stripe needs it")
            return None
        return key
