"""A strategy's file that its author has sent: what is kept of it, what the arena found out, and how one is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arena.kit.errors import Conflict, NotFound, Refused, Unavailable

ReportKind = Literal["checks", "card", "feed"]
State = Literal["waiting", "passed", "refused", "deleted"]
SOURCES_MAX = 100
"""Whose text is kept, of one owner."""
LINES_MAX, WORDS_MAX = 40, 4_000


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; `passed` is None where it could not be."""

    name: str
    passed: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the arena found: by its `checks`, at a `card` or a `feed`, which `about` names. For the owner alone: it may
    quote the code. Product time."""

    kind: ReportKind
    outcome: str
    about: str | None
    lines: Sequence[Line]
    engine_version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A strategy's file without its text. `sha` is over text and class name; `has_text` is false once its owner has
    deleted it. Reports come oldest first; `at` is product time."""

    id: str
    number: int
    sha: str
    owner_id: str
    sent_by: str
    file_name: str
    class_name: str
    size: int
    at: datetime
    has_text: bool
    reports: Sequence[Report]

    @property
    def checked(self) -> Report | None:
        """The newest report of the checks."""
        return next((one for one in reversed(self.reports) if one.kind == "checks"), None)

    @property
    def state(self) -> State:
        """Only one that has passed is run for cards and feeds."""
        if not self.has_text:
            return "deleted"
        found = self.checked
        if found is None:
            return "waiting"
        return "passed" if found.outcome == "passed" else "refused"


class HostingOff(Unavailable):
    """This arena hosts no strategies. Keep your code and send signed signals; cards of your model stay self-reported.
    Its operator turns hosting on with ARENA_HOST_STRATEGIES=true."""


class NoSuchSource(NotFound):
    """You have sent no strategy {sha}; POST /lab/sources keeps one."""


class SourceTooLong(Refused):
    """The file has {bytes} bytes, and at most {bytes_max} are kept. A strategy is a page of Python; leave data out."""


class SourceEmpty(Refused):
    """There is no text in this file; send the Python of your strategy."""


class TooManySources(Conflict):
    """{limit} strategies of yours are kept already; delete those you no longer need."""


class SourceInUse(Conflict):
    """The strategy {sha} runs for the feed {feed}; stop that first, then delete its code."""


class SourceDeleted(Conflict):
    """The text of the strategy {sha} was deleted; send the file again."""


class SourceNotPassed(Refused):
    """The strategy {sha} is {state}: only one that has passed the arena's checks is run. Its page says what they
    found."""
