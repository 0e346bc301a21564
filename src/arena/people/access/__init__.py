"""Who calls and what they may: signatures, API keys, sessions, scopes, and the gate of each route."""

from arena.people.access.api_keys import (
    NewApiKey,
    actor_of_api_key,
    api_key_digest,
    api_keys,
    create_api_key,
    revoke_api_key,
)
from arena.people.access.authenticate import authenticate, same_site, target_uri
from arena.people.access.call import Call, CallDep, Routes
from arena.people.access.model import (
    ANONYMOUS,
    COLLECTIVE_SCOPES,
    PERSON_SCOPES,
    ROLE_SCOPES,
    SCOPES,
    SYSTEM,
    Actor,
    ApiKey,
    Gate,
    TooManyRequests,
    needs,
    public,
    scopes_of,
)
from arena.people.access.sessions import (
    COOKIE,
    actor_of_session,
    close_session,
    open_session,
)

__all__ = [
    "ANONYMOUS",
    "COLLECTIVE_SCOPES",
    "COOKIE",
    "PERSON_SCOPES",
    "ROLE_SCOPES",
    "SCOPES",
    "SYSTEM",
    "Actor",
    "ApiKey",
    "Call",
    "CallDep",
    "Gate",
    "NewApiKey",
    "Routes",
    "TooManyRequests",
    "actor_of_api_key",
    "actor_of_session",
    "api_key_digest",
    "api_keys",
    "authenticate",
    "close_session",
    "create_api_key",
    "needs",
    "open_session",
    "public",
    "revoke_api_key",
    "same_site",
    "scopes_of",
    "target_uri",
]
