"""The model card: what a model is, how it was tested, what came out, and how to compute all of it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from arena.kit.canonical import canonical_json, document_sha, sha256_hex
from arena.kit.errors import Refused
from arena.signals.lab.bars import Bars
from arena.signals.lab.card.measure import Progress, measure
from arena.signals.lab.card.study import Study
from arena.signals.lab.documents import Policy, bars_document, model_document
from arena.signals.lab.governed import Governed
from arena.signals.lab.indicators import indicator_document
from arena.signals.lab.model import ENGINE_VERSION
from arena.signals.lab.strategy import Parameters, Strategy
from arena.signals.lab.sweep.space import Space, grid

CARD_VERSION = "1"
GAINED = frozenset(
    {"/figures/twins/own", "/figures/walk_forward/days_without_candles", "/study/limits"}
)


class BadCard(Refused):
    """This is no model card that can be computed again: {why}."""


@dataclass(frozen=True, slots=True)
class Modelled:
    """A strategy and where its code is known by: `kind` rule for a built-in, own for a file; `code_version` is the
    SHA-256 (hex) of its source."""

    strategy: Strategy
    kind: Literal["rule", "own"]
    code_version: str


def make_card(
    study: Study,
    model: Modelled,
    bars: Bars,
    *,
    progress: Progress = lambda _what, _done, _total: None,
) -> dict[str, Any]:
    """The card of the study over these bars. Raises what a walk-forward raises."""
    configurations = configurations_of(study, model.strategy)
    found = measure(
        _governed(study, model.strategy),
        configurations,
        bars,
        study.terms(bars.interval_s),
        seed=study.seed,
        progress=progress,
    )
    documents = _documents(study, model, bars, found.chosen)
    return {
        "version": CARD_VERSION,
        "name": study.name,
        "method": model.strategy.about,
        "words": study.document()["words"],
        "label": "self_reported",
        "lineage": {f"{kind}_sha": document_sha(body) for kind, body in documents.items()},
        "documents": documents,
        "study": study.document(),
        "figures": found.document,
        "reproduction": {
            "command": "arena lab reproduce CARD --data PATH",
            "engine_version": ENGINE_VERSION,
            "code_version": model.code_version,
            "record_sha": sha256_hex(found.record.equity.astype("<f8").tobytes()),
        },
    }


def configurations_of(study: Study, strategy: Strategy) -> Sequence[Parameters]:
    """All configurations of the study's space. Raises BadSpace."""
    return list(grid(Space.of(strategy, study.space, study.less)))


def card_sha(card: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the card's canonical form: its name."""
    return sha256_hex(canonical_json(card))


def differences(card: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """Where a card and the same computed again differ, as JSON pointers with both values; empty where they do not.

    Figures that cards have gained since the first (`GAINED`) are compared where the card has them.
    """
    return _differences("", card, again)


def _differences(at: str, one: Any, other: Any) -> list[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = sorted({*one, *other})
        return [
            d
            for key in keys
            if key in one or f"{at}/{key}" not in GAINED
            for d in _differences(f"{at}/{key}", one.get(key), other.get(key))
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = zip(one, other, strict=True)
        return [d for n, (a, b) in enumerate(pairs) for d in _differences(f"{at}/{n}", a, b)]
    return [] if one == other else [f"{at}: {one!r} was {other!r}"]


def _documents(
    study: Study, model: Modelled, bars: Bars, chosen: Parameters
) -> dict[str, dict[str, Any]]:
    """The lineage: the model as it goes on, with the parameters of the last training."""
    return {
        "pack": bars_document(bars),
        "indicator_set": indicator_document(model.strategy.indicators(chosen)),
        "model_config": model_document(
            model.strategy.name,
            chosen,
            kind=model.kind,
            code_version=model.code_version,
            seed=study.seed,
        ),
        "policy": study.policy().document(),
    }


def _governed(study: Study, strategy: Strategy) -> Strategy:
    """The strategy under the study's policy; itself where that bounds nothing, for then it keeps its plan."""
    policy = study.policy()
    bounded = replace(
        policy, drawdown_max_pct=100, order_notional_max=None
    )  # the engines see to these
    return strategy if bounded == Policy(rules=policy.rules) else Governed(strategy, policy)
