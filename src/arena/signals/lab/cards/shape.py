"""The form of a card, and whether what it says of itself hangs together. Figures are not looked at: they are its
author's until somebody computes them again."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import accumulate, islice
from typing import Any

from arena.kit.canonical import canonical_json, document_sha
from arena.kit.clock import from_iso, iso_ms
from arena.signals.lab.cards.configurations import configurations_of, count_of
from arena.signals.lab.cards.model import CONFIGURATIONS_MAX, MalformedCard
from arena.signals.lab.documents.schema import FAULTS_MAX, Fault, faults_by, pointer, validator_of
from arena.signals.lab.model import KINDS

WHOLE_MAX = 2**53
LEVEL_MAX = 1e12


def canonical_card(body: dict[str, Any]) -> bytes:
    """The canonical bytes of a card whose form is right. Raises MalformedCard with JSON pointers."""
    try:
        canonical = canonical_json(body)
    except (ValueError, RecursionError) as refused:
        raise MalformedCard(errors=[{"pointer": "", "detail": str(refused)}]) from refused
    found = faults_by(_validator(), body)
    if not found:
        found = list(islice(_unkeepable(body), FAULTS_MAX)) or list(_contradictions(body))
    if b"\\u0000" in canonical:
        found.append(("", "must not contain the character U+0000"))
    if found:
        raise MalformedCard(errors=[{"pointer": at, "detail": what} for at, what in found])
    return canonical


@cache
def card_schema() -> bytes:
    """The JSON Schema (draft 2020-12) of a card, as it is published."""
    return files("arena.signals.lab").joinpath("schema", "model-card-v1.json").read_bytes()


@cache
def _validator() -> Any:
    return validator_of(card_schema())


def _unkeepable(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Numbers so large that they would come back from the database in another form."""
    if isinstance(value, int | float) and abs(value) >= WHOLE_MAX:
        yield pointer(path), "is a number of 2^53 or more"
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _unkeepable(item, (*path, name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _unkeepable(item, (*path, place))


def _contradictions(body: Mapping[str, Any]) -> Iterator[Fault]:
    study, documents = body["study"], body["documents"]
    for kind in KINDS:
        if body["lineage"][f"{kind}_sha"] != document_sha(documents[kind]):
            yield f"/lineage/{kind}_sha", f"is not the SHA-256 of /documents/{kind}"
    for said in ("name", "words"):
        if body[said] != study[said]:
            yield f"/{said}", f"is not what /study/{said} says"
    if documents["policy"].get("costs") != study["costs"]:
        yield "/documents/policy/costs", "are not those of /study/costs"
    if documents["model_config"].get("code_version") != body["reproduction"]["code_version"]:
        yield (
            "/reproduction/code_version",
            "is not that of /documents/model_config",
        )
    yield from _times(body["figures"])
    yield from _trials(body)


def _times(figures: Mapping[str, Any]) -> Iterator[Fault]:
    """Every time is one there is, and what the days come to can be drawn."""
    walked = figures["walk_forward"]
    spans = {f"walk_forward/{kind}": walked[kind] for kind in ("net", "gross")} | {
        "data": figures["data"]
    }
    for where, span in spans.items():
        for end in ("since", "until"):
            if not _is_time(span[end]):
                yield f"/figures/{where}/{end}", "is no time there is"
    for place, window in enumerate(walked["windows"]):
        if not all(map(_is_time, (*window["trained"], *window["tested"]))):
            yield f"/figures/walk_forward/windows/{place}", "has a time there is not"
    for place, day in enumerate(walked.get("days_without_candles", ())):
        if not _is_time(f"{day}T00:00:00.000Z"):
            yield f"/figures/walk_forward/days_without_candles/{place}", "is no day there is"
    levels = accumulate(
        walked["daily_returns"], lambda level, change: level * (1 + change), initial=1.0
    )
    if max(levels) > LEVEL_MAX:
        yield "/figures/walk_forward/daily_returns", "come to more than there is"


def _is_time(text: str) -> bool:
    try:
        return iso_ms(from_iso(text)) == text
    except ValueError:
        return False


def _trials(body: Mapping[str, Any]) -> Iterator[Fault]:
    """The card counts as many trials as its study leads to, and its parameters are those of one of them."""
    study, chosen = body["study"], body["documents"]["model_config"].get("parameters")
    varied = {*study["space"], *(name for pair in study["less"] for name in pair)}
    if not isinstance(chosen, Mapping) or not varied <= {*chosen}:
        yield "/study/space", "varies what /documents/model_config/parameters does not have"
    elif count_of(study) > CONFIGURATIONS_MAX:
        yield "/study/space", f"leads to more than {CONFIGURATIONS_MAX:,} configurations"
    else:
        tried = configurations_of(study, chosen)
        if dict(chosen) not in tried:
            yield "/documents/model_config/parameters", "are none of those the study tries"
        if len(tried) != body["figures"]["luck"]["trials"]:
            yield "/figures/luck/trials", f"is not {len(tried)}, to which the study leads"
