"""Why: the words an operator gives with a decision, kept in the audit trail and shown to the creator."""

from typing import Annotated

from pydantic import BeforeValidator, Field

LENGTH_MIN, LENGTH_MAX = 3, 1000


def _lines(value: object) -> object:
    """Browsers send every line's end as two characters and count it as one."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


Reason = Annotated[
    str, Field(min_length=LENGTH_MIN, max_length=LENGTH_MAX), BeforeValidator(_lines)
]
