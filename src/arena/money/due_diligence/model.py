"""What is known of who is paid: documents, sanctions lists and their entries, cases, and how they are refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused

DocumentKind = Literal[
    "passport", "identity_card", "driving_licence", "company_register", "address"
]
KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
PROVES_IDENTITY = frozenset(KINDS) - {"address"}
DOCUMENT_BYTES_MAX = 5 * 1024 * 1024
DOCUMENTS_MAX = 10
"""That a payee may have here at a time."""
ENTRIES_MAX = 200_000

CaseState = Literal["open", "cleared", "confirmed", "lapsed"]
# Lapsed: neither the list nor the payee has that name any more. It opens again should the name come back.
CASE_MOVES: Mapping[CaseState, frozenset[CaseState]] = {
    "open": frozenset({"cleared", "confirmed", "lapsed"}),
    "cleared": frozenset({"confirmed"}),
    "confirmed": frozenset({"cleared"}),
    "lapsed": frozenset({"open"}),
}
Standing = Literal["clear", "unlisted", "waiting", "looked_into", "confirmed"]


@dataclass(frozen=True, slots=True)
class Document:
    """A file that a payee handed in, sealed at rest. `sha` is of the file; `erased_at` when it went. Product times."""

    id: str
    person_id: str
    kind: DocumentKind
    media_type: str
    size: int
    sha: str
    at: datetime
    erase_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class Look:
    """An operator's look at a document: the file is shown to him until `seen_until`, by the wall clock."""

    id: str
    document_id: str
    by_id: str
    reason: str
    at: datetime
    seen_until: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a sanctions list. `born` are years, `countries` as the list spells them."""

    name: str
    aliases: Sequence[str] = ()
    born: Sequence[int] = ()
    countries: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SanctionsList:
    """A list as it was loaded; of one name the highest version holds. `sha` is of the file."""

    id: str
    name: str
    version: int
    sha: str
    entries: int
    loaded_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Party:
    """Whose name is compared. `born` is a year; `country` two letters."""

    person_id: str
    name: str
    country: str
    born: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A party's name looks like one of an entry: `matched`, by `score` of 100."""

    list_name: str
    entry: Entry
    matched: str
    score: int


@dataclass(frozen=True, slots=True)
class Case:
    """A hit that somebody decides on. Until then nothing is paid to the person, who is told so."""

    id: str
    party: Party
    hit: Hit
    state: CaseState
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class PartyNamed:
    """A payee has given a name that has to be compared with the lists."""

    person_id: str

    @property
    def key(self) -> str:
        return self.person_id


@dataclass(frozen=True, slots=True)
class SanctionsListLoaded:
    """There is a new list, or a new version of one: all payees are compared again."""

    list_id: str

    @property
    def key(self) -> str:
        return self.list_id


@dataclass(frozen=True, slots=True)
class SanctionsCaseMoved:
    """A case was opened, decided, or has lapsed."""

    case_id: str
    person_id: str
    state: str

    @property
    def key(self) -> str:
        return self.case_id


class DocumentRefused(Refused):
    """The document cannot be taken: {reason}"""


class NoSuchDocument(NotFound):
    """There is no document {document_id}, or it was erased."""


class LookOver(NotFound):
    """A document is shown for some minutes after a reason was given. Say again why you look."""


class ListRefused(Refused):
    """The list was not loaded: {reason}"""


class NoSuchCase(NotFound):
    """There is no sanctions case {case_id}."""


class CaseMovedOn(Conflict):
    """The case is {state} already and cannot become {wanted}."""


class NotYourOwnCase(Forbidden):
    """You cannot look at your own documents as an operator, nor decide on a case about yourself; another one has to."""
