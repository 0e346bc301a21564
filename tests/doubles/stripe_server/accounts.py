"""Connected accounts: made, filled in on Stripe's page by whom they belong to, closed; `theirs` are an account's books,
where its events are."""

from typing import Any

from tests.doubles.stripe_server.books import Books, Thing
from tests.doubles.stripe_server.errors import StripeError
from tests.doubles.stripe_server.forms import need, only

PERSON = [
    "business_profile.url", "external_account", "individual.address.city", "individual.address.line1",
    "individual.dob.day", "individual.dob.month", "individual.dob.year", "individual.email",
    "individual.first_name", "individual.last_name", "tos_acceptance.date", "tos_acceptance.ip",
]  # fmt: skip
COMPANY = [
    "company.address.city", "company.name", "company.tax_id", "external_account", "owners.first_name",
    "representative.dob.day", "representative.first_name", "tos_acceptance.date",
]  # fmt: skip
CURRENCIES = {"US": "usd", "GB": "gbp"}
DAY_S = 86_400


def create(books: Books, given: dict[str, Any]) -> Thing:
    only(
        given, "type", "country", "email", "business_type", "capabilities", "settings", "metadata",
        "business_profile", "tos_acceptance",
    )  # fmt: skip
    if need(given, "type") not in ("express", "custom", "standard"):
        raise StripeError.invalid("Invalid type.", "type", "parameter_invalid_enum")
    country, kind = given.get("country", "US"), given.get("business_type", "individual")
    abroad = given.get("tos_acceptance", {}).get("service_agreement") == "recipient"
    if country != "US" and not abroad:
        raise StripeError.invalid(
            f"Accounts in {country} of a platform in US need the recipient service agreement.",
            "tos_acceptance[service_agreement]", "parameter_invalid",
        )  # fmt: skip
    interval = (
        given.get("settings", {}).get("payouts", {}).get("schedule", {}).get("interval", "daily")
    )
    made = books.make(
        "account", "acct", type=given["type"], country=country, email=given.get("email"), business_type=kind,
        default_currency=CURRENCIES.get(country, "eur"), metadata=given.get("metadata") or {},
        charges_enabled=False, payouts_enabled=False, details_submitted=False,
        capabilities={"transfers": "inactive"}, requirements=_requirements(PERSON if kind == "individual" else COMPANY),
        settings=_settings(interval),
        tos_acceptance={"service_agreement": "recipient" if abroad else "full"},
    )  # fmt: skip
    made["external_accounts"] = {
        "object": "list", "data": [], "has_more": False, "url": f"/v1/accounts/{made['id']}/external_accounts",
    }  # fmt: skip
    return made


def _settings(interval: str) -> Thing:
    return {
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_payments": {"statement_descriptor_prefix": None},
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "payments": {"statement_descriptor": None},
        "payouts": {"debit_negative_balances": True, "schedule": {"delay_days": 2, "interval": interval},
                    "statement_descriptor": None},
    }  # fmt: skip


def _requirements(due: list[str]) -> Thing:
    return {
        "alternatives": [], "current_deadline": None, "currently_due": list(due), "past_due": list(due),
        "disabled_reason": "requirements.past_due" if due else None, "errors": [], "eventually_due": list(due),
        "pending_verification": [],
    }  # fmt: skip


def link(books: Books, given: dict[str, Any], origin: str) -> Thing:
    only(given, "account", "refresh_url", "return_url", "type", "collection_options")
    account = books.get("account", need(given, "account"))
    need(given, "return_url")
    need(given, "refresh_url")
    if need(given, "type") != "account_onboarding":
        raise StripeError.invalid(
            "Express accounts are onboarded only.", "type", "parameter_invalid"
        )
    return {
        "object": "account_link", "created": books.now(), "expires_at": books.now() + 300,
        "url": f"{origin}/setup/e/{account['id']}/{books.now()}",
    }  # fmt: skip


def login_link(books: Books, name: str, origin: str) -> Thing:
    account = books.get("account", name)
    if not account["details_submitted"]:
        raise StripeError(
            400, "invalid_request_error", "Cannot create a login link for an account that is not set up."
        )  # fmt: skip
    return {"object": "login_link", "created": books.now(), "url": f"{origin}/express/{name}"}


def bank(books: Books, theirs: Books, account: Thing, number: str) -> Thing:
    """A bank account, which takes the place of the one that was there."""
    made = books.make(
        "bank_account", "ba", account=account["id"], account_holder_name=None, account_holder_type=None,
        account_type=None, bank_name="TEST BANK", country=account["country"], currency=account["default_currency"],
        default_for_currency=True, fingerprint=f"print{number}", last4=number[-4:], routing_number="110000000",
        status="new", metadata={},
    )  # fmt: skip
    account["external_accounts"]["data"] = [made]
    theirs.tell("account.external_account.created", made)
    return made


def fill_in(
    books: Books, theirs: Books, account: Thing, number: str, leaving: tuple[str, ...] = ()
) -> None:
    """What a creator does on Stripe's page; what is left open stays due."""
    bank(books, theirs, account, number)
    account["details_submitted"] = True
    require(theirs, account, *leaving)


def require(theirs: Books, account: Thing, *due: str, closes: bool = True) -> None:
    """What Stripe asks for from now on; `closes` where it pays nothing out meanwhile."""
    account["requirements"] = _requirements(list(due))
    if due and not closes:
        account["requirements"] |= {
            "current_deadline": theirs.now() + 14 * DAY_S, "past_due": [], "disabled_reason": None,
        }  # fmt: skip
    works = account["details_submitted"] and (not due or not closes)
    account["payouts_enabled"] = works
    account["capabilities"]["transfers"] = "active" if works else "inactive"
    theirs.tell("account.updated", account)


def close(theirs: Books, account: Thing, why: str = "rejected.fraud") -> None:
    account["payouts_enabled"] = False
    account["capabilities"]["transfers"] = "inactive"
    account["requirements"] = _requirements([]) | {"disabled_reason": why}
    theirs.tell("account.updated", account)
