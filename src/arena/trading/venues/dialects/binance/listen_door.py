"""Lets sockets hear an account by a listen key, for as long as the key and the one it was made with stand."""

from collections.abc import Callable
from datetime import datetime

from arena.kit.db import Tx
from arena.kit.sockets import Outlet
from arena.people import identity
from arena.trading.venues.dialects.binance.desk import Desk
from arena.trading.venues.dialects.binance.events import Message
from arena.trading.venues.dialects.binance.exchange_keys import stands
from arena.trading.venues.dialects.binance.listen_keys import listening, still_listening
from arena.trading.venues.dialects.binance.user_streams import UserSeat, UserStreams


class ListenDoor:
    def __init__(self, desk: Desk, users: UserStreams) -> None:
        self._desk = desk
        self._users = users

    def now(self) -> datetime:
        return self._desk.exchange.now()

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
        vault = self._desk.settings.vault
        async with self._desk.db.transaction(readonly=True) as tx:
            found = await listening(tx, vault, listen_key)
            if found is None or not await _stands(tx, found.key_id):
                return None
        listening_id, key_id = found.id, found.key_id

        async def holds() -> bool:
            async with self._desk.db.transaction(readonly=True) as tx:
                still = await still_listening(tx, listening_id)
                return still is not None and await _stands(tx, key_id)

        account_id = await self._desk.exchange.open_account(found.collective_id)
        seat = UserSeat(
            account_id, key_id, outlet=outlet, tell=tell, holds=holds, ended=ended, after=after
        )
        seat.listening_id = listening_id
        await self._users.sit(seat)
        return seat

    def leave(self, seat: UserSeat) -> None:
        self._users.leave(seat)


async def _stands(tx: Tx, key_id: str) -> bool:
    """Whether a key may still speak for its collective."""
    if key_id.startswith("key_"):
        return await identity.active_key(tx, key_id, tx.now) is not None
    return await stands(tx, key_id)
