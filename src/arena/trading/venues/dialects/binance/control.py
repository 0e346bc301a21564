"""What a client says on a socket of market streams: SUBSCRIBE and its like; read here, and answered."""

from dataclasses import dataclass
from typing import Any

import msgspec

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
STREAMS_MAX = 1024  # a connection
MESSAGES_MAX = 5  # a second; one more ends the connection
_ID_MAX = 36
Id = int | str | None


class BadControl(Exception):
    """The message cannot be taken. `code` and words as Binance has them: 0 property, 1 value, 2 request, 3 JSON."""

    def __init__(self, code: int, words: str, answers: Id = None) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
        self.answers = answers


@dataclass(frozen=True, slots=True)
class Control:
    method: str
    params: tuple[Any, ...]
    id: Id


def read_control(text: str) -> Control:
    """Raises BadControl."""
    try:
        said = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as broken:
        raise BadControl(3, f"Invalid JSON: {broken}") from None
    if not isinstance(said, dict):
        raise BadControl(2, "Invalid request: an object is expected")
    message_id = said.get("id")
    if not _is_id(message_id):
        raise BadControl(
            2, f"Invalid request: request ID must be an integer or a text of at most {_ID_MAX}"
        )
    method = said.get("method")
    if method is None:
        raise BadControl(2, "Invalid request: missing field `method`", message_id)
    if method not in METHODS:
        names = ", ".join(f"`{name}`" for name in METHODS)
        raise BadControl(
            2,
            f"Invalid request: unknown variant `{method!s:.40}`, expected one of {names}",
            message_id,
        )
    params = said.get("params") or []
    if not isinstance(params, list):
        raise BadControl(2, "Invalid request: params must be a list", message_id)
    if method in ("SUBSCRIBE", "UNSUBSCRIBE"):
        if not params or not all(isinstance(name, str) for name in params):
            raise BadControl(2, "Invalid request: params must be names of streams", message_id)
        if len(params) > STREAMS_MAX:
            raise BadControl(2, "Invalid request: too many parameters", message_id)
    return Control(method, tuple(params), message_id)


def read_property(control: Control) -> None:
    """Of the properties there is one, `combined`. Raises BadControl."""
    wanted = 2 if control.method == "SET_PROPERTY" else 1
    if len(control.params) != wanted or not isinstance(control.params[0], str):
        raise BadControl(2, "Invalid request: property name must be a string", control.id)
    if control.params[0] != "combined":
        raise BadControl(0, "Unknown property", control.id)
    if wanted == 2 and not isinstance(control.params[1], bool):
        raise BadControl(1, "Invalid value type: expected Boolean", control.id)


def answer(control: Control, result: object = None) -> bytes:
    return msgspec.json.encode({"result": result, "id": control.id})


def refusal(refused: BadControl) -> bytes:
    return msgspec.json.encode(
        {"error": {"code": refused.code, "msg": refused.words}, "id": refused.answers}
    )


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _ID_MAX
    return value is None or (type(value) is int and -(2**63) <= value < 2**63)


class Bucket:
    """Counts messages by the second, on the monotonic clock."""

    __slots__ = ("_count", "_second")

    def __init__(self) -> None:
        self._second = -1
        self._count = 0

    def full(self, now_s: float) -> bool:
        """Counts one; whether it was one too many."""
        second = int(now_s)
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count > MESSAGES_MAX
