"""Computes performance fee statements again, from their readings alone, with none of the arena's code.

The rules are those of docs/reference/performance-fees.md, in the edition that a statement names. Amounts are whole
numbers: cents in readings and fees, micro-dollars (10,000 a cent) in books. Books are plain dictionaries here, as the
statement has them.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sigma_sdk.canonical import canonical_json, sha256_hex

_CENT = 10_000
_EMPTY: dict[str, Any] = {
    "profit": 0,
    "mark": 0,
    "held": 0,
    "drawn_down": False,
    "warned": False,
    "accounts": {},
}
_TYPE = "performance_fee_statement/v"
_KEPT = ("id", "copier", "creator", "policy", "period", "minimum", "currency")
_SIGNED = ("number", "account", "at", "equity", "flow", "source", "reference")


@dataclass(frozen=True, slots=True)
class FeeFinding:
    """One thing that was checked of one statement: whether it holds, and what was found."""

    name: str
    holds: bool
    detail: str


def verify_fees(
    files: Sequence[Mapping[str, Any]], *, public_key: str | None = None
) -> list[FeeFinding]:
    """Checks statements of one contract, oldest first: signatures, order, arithmetic, that each goes on where the one
    before ended, that no reading between two is missing, and that no rate rose but as the one before had told.
    `public_key` (base64) is the arena's, where you know it from elsewhere.

    Raises KeyError, ValueError or TypeError where a file is no statement.
    """
    findings: list[FeeFinding] = []
    before: Mapping[str, Any] | None = None
    last: int | None = None
    for each in files:
        document = each["statement"]
        if before is None and not document["previous"]:
            last = 0
        findings += _one(each, public_key, before)
        findings.append(_gapless(document, last))
        if before is not None:
            findings.append(_terms(document, before["statement"]))
        numbers = [reading["number"] for reading in document["readings"]]
        last = numbers[-1] if numbers else last
        before = each
    return findings


def _one(
    file: Mapping[str, Any], known: str | None, before: Mapping[str, Any] | None
) -> Iterator[FeeFinding]:
    document = file["statement"]
    if _rules(document) not in (1, 2):
        raise ValueError(f"{document['type']} is newer than this program; get a newer one")
    spelled = canonical_json(document)
    key = file["public_key"]
    yield FeeFinding("sha-256", sha256_hex(spelled) == file["sha256"], file["sha256"])
    signed = _verifies(key, spelled, file["signature"]) and known in (None, key)
    yield FeeFinding("statement's signature", signed, key)
    yield _chain(document, before)
    yield _signatures(document, key)
    yield from _arithmetic(document)


def _chain(document: Mapping[str, Any], before: Mapping[str, Any] | None) -> FeeFinding:
    name, opening = "goes on where the last ended", _numbers(document["opening"])
    if before is None:
        first = not document["previous"]
        return FeeFinding(
            name, not first or opening == _EMPTY,
            "the first" if first else f"its own opening, after {document['previous'][:12]}…",
        )  # fmt: skip
    earlier = before["statement"]
    same = document["previous"] == before["sha256"]
    same &= opening == _numbers(earlier["closing"]) and document["start"] >= earlier["end"]
    same &= document["contract"]["id"] == earlier["contract"]["id"]
    return FeeFinding(name, same, document["previous"][:12] + "…")


def _gapless(document: Mapping[str, Any], last: int | None) -> FeeFinding:
    """`last` is the number of the last reading before; None where no file told it."""
    name, readings = "no reading left out before", document["readings"]
    if not readings or last is None:
        return FeeFinding(
            name, True, "none to miss" if not readings else "the file before would tell"
        )
    first = readings[0]["number"]
    return FeeFinding(name, first == last + 1, f"the last was {last}, the first is {first}")


def _terms(document: Mapping[str, Any], earlier: Mapping[str, Any]) -> FeeFinding:
    """All but the rate stays; it falls at will, and rises only as the statement before had told."""
    now, before = document["contract"], earlier["contract"]
    differ = [term for term in _KEPT if now[term] != before[term]]
    told = earlier["next_rate_bps"] if _rules(earlier) > 1 else before["rate_bps"]
    words = f"rate {now['rate_bps'] / 100:g} %, {told / 100:g} % was told before"
    rose = now["rate_bps"] > told
    if rose and _rules(earlier) == 1:  # which told of no next rate
        rose, words = False, f"{words}: it is yours to know whether you agreed to that"
    return FeeFinding("terms", not differ and not rose, ", ".join([*differ, words]))


def _rules(document: Mapping[str, Any]) -> int:
    """The edition of the rules that the statement was closed by."""
    kind = str(document["type"])
    if not kind.startswith(_TYPE):
        raise ValueError(f"{kind} is no performance fee statement")
    return int(kind.removeprefix(_TYPE))


def _signatures(document: Mapping[str, Any], key: str) -> FeeFinding:
    readings, contract = document["readings"], document["contract"]["id"]
    bad = [
        each["number"]
        for each in readings
        if not _verifies(
            each["public_key"],
            canonical_json(
                {"type": "fee_reading/v1", "contract": contract} | {name: each[name] for name in _SIGNED}
            ),
            each["signature"],
        )
        or (each["source"] == "arena" and each["public_key"] != key)
    ]  # fmt: skip
    numbers = [each["number"] for each in readings]
    times = [each["at"] for each in readings]
    in_order = times == sorted(times) and all(at <= document["end"] for at in times)
    in_order &= all(b == a + 1 for a, b in pairwise(numbers))
    words = f"{len(readings) - len(bad)} of {len(readings)} signed and in order"
    return FeeFinding("readings", not bad and in_order, words)


def _arithmetic(document: Mapping[str, Any]) -> Iterator[FeeFinding]:
    terms, books, rules = document["contract"], _numbers(document["opening"]), _rules(document)
    for reading in document["readings"]:
        _read(books, reading, terms, rules)
    left = document["exit"] if rules > 1 else None
    gain = _gain(books, terms["policy"], left)
    stopped = books["drawn_down"] and books["warned"]
    gain = 0 if stopped and rules == 1 else gain
    fee = gain * terms["rate_bps"] // (10_000 * _CENT)
    _close(books, terms["policy"])
    yield FeeFinding(
        "fee", str(fee) == document["fee"] and str(gain) == document["gain"],
        f"computed {fee / 100:.2f} {terms['currency']}, stated {int(document['fee']) / 100:.2f}",
    )  # fmt: skip
    outcome = "due" if fee else "nothing"
    if books["warned"] and left is None:
        outcome = "stopped" if stopped else "warned"
    yield FeeFinding("outcome", outcome == document["outcome"], outcome)
    yield FeeFinding(
        "closing books", books == _numbers(document["closing"]), f"mark {books['mark'] / 1e6:.2f}"
    )


def _read(
    books: dict[str, Any], reading: Mapping[str, Any], terms: Mapping[str, Any], rules: int
) -> None:
    """Profit first, then the flow."""
    equity, flow = int(reading["equity"]) * _CENT, int(reading["flow"]) * _CENT
    cumulative, merged = terms["policy"] == "cumulative_profit", terms["policy"] == "loss_carry"
    accounts = books["accounts"]
    account = accounts.get(reading["account"])
    if account is None:
        account = accounts[reading["account"]] = {"equity": 0, "base": 0, "lots": [], "slices": []}
        _move(account, equity, cumulative=cumulative, merged=merged)
    else:
        books["profit"] += equity - account["equity"]
        account["equity"] = equity
    if cumulative and flow < 0:
        total = _total(books)
        free = max(0, books["profit"] - books["mark"] - books["held"])
        books["held"] += free * min(-flow, total) // total if total else 0
    _move(account, flow, cumulative=cumulative, merged=merged)
    short = _total(books) < int(terms["minimum"]) * _CENT
    books["drawn_down"] = short and (books["drawn_down"] or flow < 0)
    if rules > 1:  # money that comes back ends a warning at once
        books["warned"] = books["warned"] and short


def _move(account: dict[str, Any], flow: int, *, cumulative: bool, merged: bool) -> None:
    if not cumulative and flow:
        _at_equity(account)
        if flow > 0:
            account["lots"].append([flow, flow])
            if merged:
                account["lots"] = [[sum(column) for column in zip(*account["lots"], strict=True)]]
        else:
            _take(account, -flow)
        account["base"] = sum(value for value, _ in account["lots"])
    account["equity"] += flow


def _take(account: dict[str, Any], amount: int) -> None:
    values = [value for value, _ in account["lots"]]
    parts = _split(min(amount, account["base"]), values) if account["base"] else [0] * len(values)
    left = []
    for (value, mark), part in zip(account["lots"], parts, strict=True):
        share = mark * part // value if part else 0
        if part < value or value == 0:
            left.append([value - part, mark - share])
        if part > share:
            account["slices"].append([part, share, part])
    account["lots"] = left


def _at_equity(account: dict[str, Any]) -> None:
    """Each lot's value is its share of what the account is worth now."""
    equity, base = max(0, account["equity"]), account["base"]
    if equity == base:
        return
    weights = [value for value, _ in account["lots"]]
    if not any(weights):
        weights = [mark for _, mark in account["lots"]]
    account["base"] = equity
    if not any(weights):
        account["lots"] = [[equity, equity]] if equity else []
        return
    values = _split(equity, weights)
    account["lots"] = [[v, mark] for v, (_, mark) in zip(values, account["lots"], strict=True)]
    if base:
        account["slices"] = [[v, mark, now * equity // base] for v, mark, now in account["slices"]]


def _gain(books: Mapping[str, Any], policy: str, left: Mapping[str, Any] | None) -> int:
    capital, worth = _fallen(left)
    if policy == "cumulative_profit":
        return int(max(0, books["profit"] - books["mark"] - (capital - worth)))
    gain = 0
    for account in deepcopy(books["accounts"]).values():
        if capital:
            account["slices"] = [[v, m, now * worth // capital] for v, m, now in account["slices"]]
        _at_equity(account)
        gain += sum(max(0, value - mark) for value, mark in account["lots"])
        gain += sum(max(0, min(value, now) - mark) for value, mark, now in account["slices"])
    return gain


def _fallen(left: Mapping[str, Any] | None) -> tuple[int, int]:
    """The capital that left, and what it would be worth had it stayed on the feeds that were followed, in equal parts;
    never more than it was."""
    if left is None:
        return 0, 0
    capital, start, end = int(left["capital"]) * _CENT, left["start"], left["end"]
    if not end:
        return capital, capital
    parts = _split(capital, [1] * len(start))
    worth = sum(
        part * max(0, int(end[account])) // int(start[account])
        for part, account in zip(parts, sorted(start), strict=True)
    )
    return capital, min(capital, worth)


def _close(books: dict[str, Any], policy: str) -> None:
    """Marks rise to what was reached."""
    books |= {"mark": max(books["mark"], books["profit"]), "held": 0, "warned": books["drawn_down"]}
    if policy == "cumulative_profit":
        return
    for account in books["accounts"].values():
        _at_equity(account)
        top = sum(value for value, mark in account["lots"] if value >= mark)
        account["lots"] = [lot for lot in account["lots"] if lot[0] < lot[1]]
        account["lots"] += [[top, top]] if top else []
        account["slices"] = []


def _total(books: Mapping[str, Any]) -> int:
    return sum(max(0, account["equity"]) for account in books["accounts"].values())


def _split(total: int, weights: Sequence[int]) -> list[int]:
    """By weight, with the largest remainder; of equal ones the first."""
    whole = sum(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    for index in sorted(range(len(parts)), key=lambda i: -parts[i][1])[: total - sum(shares)]:
        shares[index] += 1
    return shares


def _numbers(books: Mapping[str, Any]) -> dict[str, Any]:
    """Books with their strings as numbers."""
    read: dict[str, Any] = {name: int(books[name]) for name in ("profit", "mark", "held")}
    read |= {name: bool(books[name]) for name in ("drawn_down", "warned")}
    read["accounts"] = {
        name: {
            "equity": int(account["equity"]), "base": int(account["base"]),
            "lots": [[int(part) for part in lot] for lot in account["lots"]],
            "slices": [[int(part) for part in each] for each in account["slices"]],
        }
        for name, account in books["accounts"].items()
    }  # fmt: skip
    return read


def _verifies(key: str, message: bytes, signature: str) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True
