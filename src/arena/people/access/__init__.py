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
from arena.people.access.call import Call, CallDep, GatedRoute, Routes
from arena.people.access.describe import SECURITY_SCHEMES, Problem, complete_openapi
from arena.people.access.middleware import BodyLimit, RequestId
from arena.people.access.model import (
    ANONYMOUS,
    COLLECTIVE_SCOPES,
    PERSON_SCOPES,
    ROLE_SCOPES,
    SAFE,
    SCOPES,
    SYSTEM,
    Actor,
    ApiKey,
    CrossSite,
    Gate,
    TooManyRequests,
    known,
    needs,
    public,
    scopes_of,
)
from arena.people.access.prune import prune
from arena.people.access.rate import Rates, address_of, rates_of
from arena.people.access.sessions import (
    COOKIE,
    actor_of_session,
    close_session,
    open_session,
)
from arena.people.access.sign_in import sign_in

__all__ = [
    "ANONYMOUS",
    "COLLECTIVE_SCOPES",
    "COOKIE",
    "PERSON_SCOPES",
    "ROLE_SCOPES",
    "SAFE",
    "SCOPES",
    "SECURITY_SCHEMES",
    "SYSTEM",
    "Actor",
    "ApiKey",
    "BodyLimit",
    "Call",
    "CallDep",
    "CrossSite",
    "Gate",
    "GatedRoute",
    "NewApiKey",
    "Problem",
    "Rates",
    "RequestId",
    "Routes",
    "TooManyRequests",
    "actor_of_api_key",
    "actor_of_session",
    "address_of",
    "api_key_digest",
    "api_keys",
    "authenticate",
    "close_session",
    "complete_openapi",
    "create_api_key",
    "known",
    "needs",
    "open_session",
    "prune",
    "public",
    "rates_of",
    "revoke_api_key",
    "same_site",
    "scopes_of",
    "sign_in",
    "target_uri",
]
