"""Who is billed: name, address and tax number as they stand on invoices, each change a version of its own."""

from arena.money.buyers.details import payer_of, set_details
from arena.money.buyers.model import (
    COUNTRIES,
    EU,
    NO_TAX,
    BillingDetails,
    BillingDetailsRefused,
    CountryUnknown,
    Tax,
    TaxIdRefused,
    TaxIdUnknownHere,
    TaxRate,
    TaxRateRefused,
)
from arena.money.buyers.rates import require_country, set_rate, tax_for, tax_of, taxes_for
from arena.money.buyers.store import details, rates, rates_now, versions
from arena.money.buyers.tax_ids import checked_tax_id, tax_id_name

__all__ = [
    "COUNTRIES",
    "EU",
    "NO_TAX",
    "BillingDetails",
    "BillingDetailsRefused",
    "CountryUnknown",
    "Tax",
    "TaxIdRefused",
    "TaxIdUnknownHere",
    "TaxRate",
    "TaxRateRefused",
    "checked_tax_id",
    "details",
    "payer_of",
    "rates",
    "rates_now",
    "require_country",
    "set_details",
    "set_rate",
    "tax_for",
    "tax_id_name",
    "tax_of",
    "taxes_for",
    "versions",
]
