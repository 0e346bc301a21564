"""Lets sockets hear an account by a listen key, for as long as the key and the one it was made with stand."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from arena.kit.db import Database
from arena.kit.sockets import Outlet
from arena.kit.vault import Vault
from arena.trading.venues.dialects.binance.events import Message
from arena.trading.venues.dialects.binance.listen_keys import listening, still_listening
from arena.trading.venues.dialects.binance.user_streams import UserSeat, UserStreams
from arena.trading.venues.exchange import Exchange


class ListenDoor:
    """`key_stands` tells whether the key of that id may still speak for its collective."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        exchange: Exchange,
        users: UserStreams,
        *,
        key_stands: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._db = db
        self._vault = vault
        self._exchange = exchange
        self._users = users
        self._key_stands = key_stands

    def now(self) -> datetime:
        return self._exchange.now()

    async def sit(
        self,
        listen_key: str,
        *,
        outlet: Outlet,
        tell: Callable[[Message], None],
        ended: Callable[[UserSeat], None],
        after: int | None,
    ) -> UserSeat | None:
        """None for a listen key that is over or nobody's: its stream stays silent, as it does at Binance."""
        async with self._db.transaction(readonly=True) as tx:
            found = await listening(tx, self._vault, listen_key)
        if found is None or not await self._key_stands(found.key_id):
            return None
        listening_id, key_id = found.id, found.key_id

        async def holds() -> bool:
            async with self._db.transaction(readonly=True) as tx:
                still = await still_listening(tx, listening_id)
            return still is not None and await self._key_stands(key_id)

        account_id = await self._exchange.open_account(found.collective_id)
        seat = UserSeat(
            account_id, key_id, outlet=outlet, tell=tell, holds=holds, ended=ended, after=after
        )
        seat.listening_id = listening_id
        await self._users.sit(seat)
        return seat

    def leave(self, seat: UserSeat) -> None:
        self._users.leave(seat)
