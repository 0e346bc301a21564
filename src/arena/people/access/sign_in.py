"""Signs a person in: bounded attempts, equal time for the unknown and the wrong, a fresh session."""

from starlette.requests import Request

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people import identity
from arena.people.access.client import client_of
from arena.people.access.cookie import session_token
from arena.people.access.model import WrongPassword
from arena.people.access.rate import address_of, rates_of
from arena.people.access.sessions import close_session, open_session


async def sign_in(
    request: Request,
    db: Database,
    settings: Settings,
    *,
    email: str,
    password: str,
    request_id: str | None = None,
) -> tuple[identity.Person, str]:
    """The person and the token of a new session, which replaces the one the browser had, if any.

    No connection is held while the password is checked.

    Raises TooManyRequests, WrongPassword.
    """
    rates, address = rates_of(request, settings), address_of(request)
    rates.try_sign_in(email, address)
    async with db.transaction(readonly=True) as tx:
        found = await identity.person_by_email(tx, email)
    if not await identity.password_matches(password, found[1] if found else None):
        raise WrongPassword
    assert found is not None
    rates.signed_in(email, address)
    before = session_token(request)
    async with db.transaction() as tx:
        if before is not None:
            await close_session(tx, settings.vault, before, request_id=request_id)
        token = await open_session(
            tx, settings.vault, found[0], client=client_of(request.headers.get("user-agent")),
            request_id=request_id,
        )  # fmt: skip
    return found[0], token
