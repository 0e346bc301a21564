"""Billing details: what stands on a person's invoices from now on, and how it is refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arena.kit.errors import Refused
from arena.kit.money import allocate

BuyerKind = Literal["individual", "company"]
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_MEMBERS.split())
# ISO 3166-1 alpha-2, those officially assigned.
_ASSIGNED = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"""
COUNTRIES = frozenset(_ASSIGNED.split())
NAME_LENGTH_MAX = 120
ADDRESS_LENGTH_MAX = 400
ADDRESS_LINES_MAX = 6


@dataclass(frozen=True, slots=True)
class BillingDetails:
    """What stands on invoices. `address` is lines without the country; `country` is ISO 3166-1 alpha-2, upper case;
    `tax_id` is a VAT number or the like, checked. `at` is product time."""

    kind: BuyerKind
    name: str
    address: str
    country: str
    tax_id: str | None = None
    version: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    """What is in a price: `bps` (1/10,000) on the net amount, for `country`. `reverse_charge`: none is, because the
    buyer accounts for it himself."""

    country: str | None = None
    bps: int = 0
    reverse_charge: bool = False

    def within(self, amount: int) -> int:
        """Minor units of an amount that are tax: by largest remainder, so that net and tax make the amount."""
        return allocate(amount, [10_000, self.bps])[1]

    @property
    def account(self) -> str:
        """Where it is owed to its country."""
        return f"tax_payable:{(self.country or '').lower()}"


NO_TAX = Tax()


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A country's rate from a moment on (product time), until the next one of the same country."""

    country: str
    from_at: datetime
    rate_bps: int
    reverse_charge: bool = False
    by_id: str = ""


class TaxRateRefused(Refused):
    """This tax rate cannot be: {why}. Change it and send it again."""


class BillingDetailsRefused(Refused):
    """These billing details cannot stand on an invoice: {why}. Correct them and send them again."""


class CountryUnknown(Refused):
    """Say in which country you are before you buy, at /account/billing or by PUT /billing/details: the tax of your
    country is in what you pay. Nothing was charged."""


class TaxIdRefused(Refused):
    """{tax_id} is no {name} of {country}: {why}. Check it against your certificate, or leave it out."""


class TaxIdUnknownHere(Refused):
    """Tax numbers of {country} cannot be checked here; send letters, digits, spaces, dots and dashes only, 4 to 30 of
    them, or leave it out."""
