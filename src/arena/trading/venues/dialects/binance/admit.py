"""Lets a request in, or not: how much its caller has used, whose key it is, whether the signature holds and is of now.

REST and ws-api come through here alike, and have their acts performed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arena.trading.venues.dialects.binance.desk import SIGNED, Act, Ask, Desk
from arena.trading.venues.dialects.binance.errors import DialectRefused
from arena.trading.venues.dialects.binance.keys import Caller
from arena.trading.venues.dialects.binance.parameters import Parameters
from arena.trading.venues.dialects.binance.sign import (
    check_signature,
    check_time,
    intent_of,
)


@dataclass(frozen=True, slots=True)
class Knock:
    """A request as it came. `payload` is what its `signature` is over; `api_key` is "" where none was sent.

    `session` is whom a ws-api connection was logged on for: who is known needs no signature, only the time.
    """

    given: Mapping[str, str]
    payload: bytes
    signature: bytes | None
    api_key: str
    address: str
    session: Caller | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """`used` is what the caller has used of this minute's weight; `weight` what this request weighs."""

    ask: Ask
    weight: int
    used: int


async def admit(desk: Desk, act: Act, knock: Knock) -> Admitted:
    """Raises DialectRefused. Who fails to prove his name uses up his address's weight, and nobody's key's."""
    await desk.turns.take()
    parameters = Parameters(knock.given)
    weight = act.weight_of(parameters)
    used = desk.weights.spend_address(knock.address, weight)
    if act.security == "none":
        return Admitted(Ask(parameters), weight, used)
    caller = await known_caller(desk, act, knock)
    used = desk.weights.spend_key(caller.key_id, weight)
    signed = caller is not knock.session and act.security in SIGNED
    account_id = await desk.account_of(caller) if act.security in SIGNED else ""
    intent = intent_of(caller.key_id, knock.payload) if signed else ""
    return Admitted(Ask(parameters, caller, account_id, intent), weight, used)


async def known_caller(desk: Desk, act: Act, knock: Knock) -> Caller:
    """Who knocks. Raises DialectRefused: -2014, -2015, -1022, -1021, -1102, -1131.

    A public key is no secret, so it proves nothing by itself: where Binance is content with an API key because only its
    owner knows it (listen keys), the holder of a public key signs.
    """
    caller = knock.session
    if caller is not None and not knock.api_key:
        if act.security in SIGNED:
            check_time(knock.given)
        return caller
    if not knock.api_key:
        raise DialectRefused(-2014, "API-key format invalid.", http=401)
    caller = await desk.keys.find(knock.api_key)
    public = caller.lock.kind == "ed25519"
    if act.security in SIGNED or (act.security == "user_stream" and public):
        check_time(knock.given)
        check_signature(caller.lock, knock.payload, knock.signature)
    return caller


async def perform(desk: Desk, act: Act, admitted: Admitted) -> tuple[Any, int]:
    """The act's result, and what the caller has used by now: an order that was taken weighs nothing.

    Raises whatever the act raises; an order that was refused does not count.
    """
    ask = admitted.ask
    if not act.orders:
        return await act.run(desk, ask), admitted.used
    desk.weights.count_orders(ask.account_id, act.orders)
    try:
        result = await act.run(desk, ask)
    except BaseException:
        desk.weights.uncount_orders(ask.account_id, act.orders)
        raise
    assert ask.caller is not None, "orders are signed for"
    return result, desk.weights.give_back(ask.caller.key_id, admitted.weight)
