"""Documents, sanctions cases and their states in words, as payees and operators read them."""

from arena.web.page import N_

KINDS: dict[str, str] = {
    "passport": N_("Passport"), "identity_card": N_("Identity card"), "driving_licence": N_("Driving licence"),
    "company_register": N_("Extract of the company register"), "address": N_("Proof of address"),
}  # fmt: skip
# State: word, tone of its badge.
CASES: dict[str, tuple[str, str]] = {
    "open": (N_("to be decided"), "warn"),
    "cleared": (N_("somebody else"), "good"),
    "confirmed": (N_("the same person"), "bad"),
    "lapsed": (N_("lapsed"), "plain"),
}


def size_of(count: int) -> str:
    """Bytes as people read them."""
    return (
        f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(count // 1024, 1)} kB"
    )
