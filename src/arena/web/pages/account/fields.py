"""What the forms of doors and accounts ask for, checked as the API checks it, wrong in people's words."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from arena.people import identity
from arena.web.page import Line, _


def _email(stated: str) -> str:
    if len(stated) > identity.EMAIL_LENGTH_MAX or not re.fullmatch(identity.EMAIL_PATTERN, stated):
        raise ValueError(_("An e-mail address looks like ada@example.org."))
    return stated


Email = Annotated[str, AfterValidator(_email)]
Name = Annotated[Line, Field(min_length=1, max_length=80)]
# Spaces at either end are part of a password: the API takes them as they come.
Password = Annotated[
    str,
    StringConstraints(
        strip_whitespace=False, min_length=1, max_length=identity.PASSWORD_LENGTH_MAX
    ),
]
NewPassword = Annotated[
    str,
    StringConstraints(
        strip_whitespace=False,
        min_length=identity.PASSWORD_LENGTH_MIN,
        max_length=identity.PASSWORD_LENGTH_MAX,
    ),
]
Next = Annotated[str, Field(max_length=2000)]
Code = Annotated[Line, Field(max_length=100)]
Words = Annotated[str, Field(max_length=1000)]
