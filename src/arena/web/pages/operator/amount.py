"""How much: whole units and cents as an operator writes them, 12 or 12.50, to minor units exactly."""

from typing import Annotated

from pydantic import Field

Amount = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{2})?$")]


def minor(amount: str) -> int:
    """12.50 is 1250."""
    whole, _dot, cents = amount.partition(".")
    return int(whole) * 100 + int(cents or 0)
