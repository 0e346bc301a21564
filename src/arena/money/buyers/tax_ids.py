"""Tax numbers: of the right length, with the right check digits, for the country they are said to be of.

Whether a number is registered only its country's register knows; it is not asked.
"""

import re

from arena.money.buyers.model import EU, TaxIdRefused, TaxIdUnknownHere

# What the number is called where it is issued; elsewhere it is a tax number.
_NAMES = {
    "US": "EIN", "GB": "VAT number", "CH": "UID with MWST", "NO": "VAT number", "AU": "ABN", "CA": "business number",
    "JP": "corporate number", "IN": "GSTIN", "BR": "CNPJ", "SG": "UEN", "NZ": "IRD number", "MX": "RFC",
}  # fmt: skip
_UNCHECKED = re.compile(r"[0-9A-Z][0-9A-Z .\-/]{2,28}[0-9A-Z]")


def tax_id_name(country: str) -> str:
    """EIN for the US, VAT number in Europe."""
    return _NAMES.get(country, "VAT number" if country in EU else "tax number")


def can_be_checked(country: str) -> bool:
    """Whether numbers of the country have a form and check digits that are known here."""
    from stdnum import get_cc_module  # many small modules: only where one is needed

    return get_cc_module(country.lower(), "ein" if country == "US" else "vat") is not None


def checked_tax_id(country: str, stated: str) -> str:
    """The number as it is written, e.g. DE136695976. Raises TaxIdRefused, TaxIdUnknownHere.

    Of a country of the European Union it begins with the country's letters (EL for Greece), as on invoices.
    """
    from stdnum import exceptions, get_cc_module  # many small modules: only where one is needed

    name = tax_id_name(country)
    module = get_cc_module(country.lower(), "ein" if country == "US" else "vat")
    if module is None:
        unchecked = " ".join(stated.upper().split())
        if not _UNCHECKED.fullmatch(unchecked):
            raise TaxIdUnknownHere(country=country)
        return unchecked
    try:
        number = str(module.validate(stated.strip()))
    except exceptions.InvalidLength:
        why = "it has too many or too few characters"
    except exceptions.InvalidChecksum:
        why = "its check digits do not fit, so a character is wrong"
    except exceptions.InvalidComponent:
        why = "it begins with a part that was never issued"
    except exceptions.ValidationError:
        why = "it is not written like one"
    else:
        return _spelled(country, number)
    raise TaxIdRefused(tax_id=stated.strip()[:40], name=name, country=country, why=why)


def _spelled(country: str, number: str) -> str:
    letters = "EL" if country == "GR" else country
    if country in EU and not number.startswith(letters):
        return letters + number
    return f"{number[:2]}-{number[2:]}" if country == "US" else number
