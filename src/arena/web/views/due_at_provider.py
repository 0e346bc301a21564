"""What a payment provider asks a creator for, in plain words: its names of fields, grouped as people think of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.web.page import N_, _

# The first that begins so names the group. https://docs.stripe.com/api/accounts/object#account_object-requirements
_GROUPS: tuple[tuple[str, str], ...] = (
    ("external_account", N_("A bank account that payouts go to")),
    ("tos_acceptance", N_("Your agreement to the provider's terms")),
    ("individual.verification.document", N_("A picture of your passport or identity card")),
    ("individual.verification.additional_document", N_("A second document that shows your address")),
    ("individual.id_number", N_("Your tax or identity number")),
    ("individual.ssn_last_4", N_("The last four digits of your social security number")),
    ("individual.dob", N_("Your date of birth")),
    ("individual.address", N_("Your address")),
    ("individual.first_name", N_("Your name")),
    ("individual.last_name", N_("Your name")),
    ("individual.email", N_("Your e-mail address")),
    ("individual.phone", N_("Your telephone number")),
    ("individual", N_("Something about yourself")),
    ("business_profile.url", N_("A web page, or what you do in a sentence")),
    ("business_profile", N_("What you do")),
    ("business_type", N_("Whether you are a person or a company")),
    ("company.verification", N_("A document of your company")),
    ("company.tax_id", N_("Your company's tax number")),
    ("company.address", N_("Your company's address")),
    ("company.name", N_("Your company's name")),
    ("company.owners_provided", N_("Who owns your company")),
    ("company", N_("Something about your company")),
    ("owners", N_("Who owns your company")),
    ("directors", N_("Who directs your company")),
    ("executives", N_("Who directs your company")),
    ("representative", N_("Who speaks for your company")),
    ("relationship", N_("Who speaks for your company")),
    ("person_", N_("Something about a person of your company")),
)  # fmt: skip
_PROBLEMS: tuple[tuple[str, str], ...] = (
    ("rejected", N_("The provider has closed this account and pays nothing to it. Write to the operator.")),
    ("requirements.pending_verification", N_("The provider looks at what you have handed in; mostly within a day.")),
    ("requirements", N_("The provider pays nothing out until it has what it asks for.")),
    ("under_review", N_("The provider looks at this account; mostly within two days.")),
    ("platform_paused", N_("The operator has paused payouts to this account.")),
    ("listed", N_("The provider compares your name with lists of the law; mostly within a day.")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A thing that is asked for, and whether it has been handed in and is being looked at."""

    words: str
    checking: bool


def asked_for(due: Sequence[str], checking: Sequence[str]) -> list[Asked]:
    """Each thing once; what is due before what is looked at."""
    wanted = list(dict.fromkeys(_words(one) for one in due))
    looked_at = [one for one in dict.fromkeys(_words(one) for one in checking) if one not in wanted]
    return [Asked(one, False) for one in wanted] + [Asked(one, True) for one in looked_at]


def problem_words(problem: str | None) -> str:
    """Why nothing is paid to the account; empty where nothing is the matter."""
    if not problem:
        return ""
    found = next((words for start, words in _PROBLEMS if problem.startswith(start)), None)
    return _(found) if found else _("The provider says: %(problem)s", problem=problem)


def _words(name: str) -> str:
    found = next((words for start, words in _GROUPS if name.startswith(start)), None)
    return _(found) if found else name.replace(".", ": ").replace("_", " ")
