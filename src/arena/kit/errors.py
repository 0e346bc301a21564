"""Errors a caller may meet. The class name is the code, the docstring the message, keywords the facts.

    ArenaError
    ├── Unauthenticated   401  who are you?
    ├── Forbidden         403  not yours (402 where paying would help)
    ├── NotFound          404  no such thing
    ├── Conflict          409  it moved on meanwhile
    ├── Refused           422  understood, and declined (400 where it could not be understood)
    └── Unavailable       503  not now (429 where you were too quick)

Each package derives its own errors from these; `kit.problems` turns them into RFC 9457 answers.
"""

import re
from typing import ClassVar


class ArenaError(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Error"

    def __init__(self, detail: str | None = None, /, **facts: object) -> None:
        self.facts = facts
        self.detail = detail or self._message(facts)
        super().__init__(self.detail)

    @classmethod
    def code(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def _message(self, facts: dict[str, object]) -> str:
        text = " ".join((type(self).__doc__ or self.title).split())
        try:
            return text.format(**facts)
        except (KeyError, IndexError):
            return text


class Unauthenticated(ArenaError):
    """Say who you are: sign the request, sign in, or send an API key."""

    status, title = 401, "Unauthenticated"


class Forbidden(ArenaError):
    """You may not do this."""

    status, title = 403, "Forbidden"


class NotFound(ArenaError):
    """There is no such thing here."""

    status, title = 404, "Not found"


class Conflict(ArenaError):
    """It has changed meanwhile; read it again and retry."""

    status, title = 409, "Conflict"


class Refused(ArenaError):
    """The request was understood and is refused."""

    status, title = 422, "Refused"


class Unavailable(ArenaError):
    """Not available right now; try again later."""

    status, title = 503, "Unavailable"
    retry_after_s: ClassVar[int] = 1
