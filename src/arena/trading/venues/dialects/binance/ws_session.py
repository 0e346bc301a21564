"""One ws-api connection: whom it is logged on for, and the account events it is told."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from arena.kit.clock import to_ms, wall_now
from arena.kit.sockets import Outlet, text_frame
from arena.trading.venues.dialects.binance import events
from arena.trading.venues.dialects.binance.admit import Admitted, Knock, admit
from arena.trading.venues.dialects.binance.desk import Act, Ask, Desk, Security
from arena.trading.venues.dialects.binance.errors import DialectRefused
from arena.trading.venues.dialects.binance.keys import Caller
from arena.trading.venues.dialects.binance.parameters import Parameters
from arena.trading.venues.dialects.binance.user_streams import UserSeat, UserStreams

SUBSCRIPTIONS_MAX = 100
encode = msgspec.json.Encoder().encode


class WsSession:
    """`api_key` is the one that was logged on with, "" while nobody is."""

    def __init__(self, desk: Desk, users: UserStreams, outlet: Outlet) -> None:
        self._desk = desk
        self._users = users
        self.outlet = outlet
        self.api_key = ""
        self.return_rate_limits = True
        self._connected_since = wall_now()
        self._authorized_since: datetime | None = None
        self._seats: dict[int, UserSeat] = {}
        self._logged_on_seats: set[int] = set()
        self._next = 0
        self.methods: Mapping[str, Callable[[Admitted, Knock], Awaitable[Any]]] = {
            "session.logon": self._logon,
            "session.status": self._status,
            "session.logout": self._logout,
            "session.subscriptions": self._subscriptions,
            "userDataStream.subscribe": self._subscribe,
            "userDataStream.subscribe.signature": self._subscribe_signed,
            "userDataStream.unsubscribe": self._unsubscribe,
        }

    async def caller(self) -> Caller | None:
        """Whom the connection speaks for. Raises DialectRefused where its key has ended meanwhile: it is logged out."""
        if not self.api_key:
            return None
        try:
            return await self._desk.keys.find(self.api_key)
        except DialectRefused:
            self._forget()
            raise

    async def run(self, method: str, knock: Knock) -> tuple[Any, int]:
        """What a method of the session answers, and the weight used by now. Raises DialectRefused."""
        admitted = await admit(self._desk, ACTS[method], knock)
        return await self.methods[method](admitted, knock), admitted.used

    def leave(self) -> None:
        """The client has gone."""
        for seat in self._seats.values():
            self._users.leave(seat)
        self._seats.clear()

    def say_goodbye(self) -> None:
        self._push({"event": events.server_shutdown(self._desk.exchange.now())})

    # -- the session

    async def _logon(self, admitted: Admitted, knock: Knock) -> Any:
        assert admitted.ask.caller is not None, "a logon is signed"
        self.api_key = knock.api_key
        self._authorized_since = wall_now()
        return self._state()

    async def _status(self, _admitted: Admitted, _knock: Knock) -> Any:
        return self._state()

    async def _logout(self, _admitted: Admitted, _knock: Knock) -> Any:
        self._forget()
        return self._state()

    def _forget(self) -> None:
        """The key is forgotten, and what was heard by it ends."""
        self.api_key, self._authorized_since = "", None
        for number in list(self._logged_on_seats):
            self._stop(number)

    def _state(self) -> Mapping[str, Any]:
        since = self._authorized_since
        return {
            "apiKey": self.api_key or None,
            "authorizedSince": to_ms(since) if since is not None else None,
            "connectedSince": to_ms(self._connected_since),
            "returnRateLimits": self.return_rate_limits,
            "serverTime": to_ms(wall_now()),
            "userDataStream": bool(self._logged_on_seats),
        }

    # -- events of accounts

    async def _subscriptions(self, _admitted: Admitted, _knock: Knock) -> Any:
        return [{"subscriptionId": number} for number in sorted(self._seats)]

    async def _subscribe(self, admitted: Admitted, _knock: Knock) -> Any:
        """To the events of whom the connection is logged on for."""
        caller = await self.caller()
        if caller is None:
            raise DialectRefused(
                -2015, "Invalid API-key, IP, or permissions for action.", http=401,
                arena={"detail": "Log on first (session.logon), or use userDataStream.subscribe.signature."},
            )  # fmt: skip
        account_id = await self._desk.account_of(caller)
        ask = Ask(admitted.ask.parameters, caller, account_id)
        number = await self._sit(ask, self.api_key)
        self._logged_on_seats.add(number)
        return {"subscriptionId": number}

    async def _subscribe_signed(self, admitted: Admitted, knock: Knock) -> Any:
        return {"subscriptionId": await self._sit(admitted.ask, knock.api_key)}

    async def _sit(self, ask: Ask, api_key: str) -> int:
        """Parameter `arenaAfter`: the number of the last event that was heard; what happened since comes first."""
        assert ask.caller is not None
        if len(self._seats) >= SUBSCRIPTIONS_MAX:
            raise DialectRefused(-1130, f"At most {SUBSCRIPTIONS_MAX} subscriptions a connection.")
        after = ask.parameters.optional_whole("arenaAfter")
        number, self._next = self._next, self._next + 1

        async def holds() -> bool:
            try:
                await self._desk.keys.find(api_key)
            except DialectRefused:
                return False
            return True

        seat = UserSeat(
            ask.account_id, ask.caller.key_id, outlet=self.outlet,
            tell=lambda message: self._push({"subscriptionId": number, "event": message}),
            holds=holds, ended=lambda _seat: self._stop(number), after=after,
        )  # fmt: skip
        self._seats[number] = seat
        await self._users.sit(seat)
        return number

    async def _unsubscribe(self, admitted: Admitted, _knock: Knock) -> Any:
        """From one subscription, or from all."""
        number = admitted.ask.parameters.optional_whole("subscriptionId")
        if number is not None and number not in self._seats:
            raise DialectRefused(-1130, "Data sent for parameter 'subscriptionId' is not valid.")
        for one in list(self._seats) if number is None else [number]:
            self._stop(one)
        return {}

    def _stop(self, number: int) -> None:
        self._logged_on_seats.discard(number)
        seat = self._seats.pop(number, None)
        if seat is not None:
            self._users.leave(seat)
            ended = events.stream_terminated(self._desk.exchange.now())
            self._push({"subscriptionId": number, "event": ended})

    def _push(self, message: Mapping[str, Any]) -> None:
        self.outlet.push(text_frame(encode(message)))


async def _elsewhere(_desk: Desk, _ask: Ask) -> Any:
    raise AssertionError("methods of a session are run by the session")


_SECURITY: Mapping[str, Security] = {
    "session.logon": "user_data",
    "session.status": "none",
    "session.logout": "none",
    "session.subscriptions": "none",
    "userDataStream.subscribe": "none",
    "userDataStream.subscribe.signature": "user_data",
    "userDataStream.unsubscribe": "none",
}
ACTS = {name: Act(name, security, 2, _elsewhere) for name, security in _SECURITY.items()}
"""What each asks of its caller, and weighs."""


def wants_rate_limits(parameters: Parameters, *, default: bool) -> bool:
    """Raises DialectRefused."""
    if not parameters.has("returnRateLimits"):
        return default
    return parameters.optional_flag("returnRateLimits")
