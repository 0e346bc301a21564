"""What OpenAPI says of every gated route beyond its own fields: who may call, which headers, how it refuses."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from arena.kit.problems import MEDIA_TYPE
from arena.people.access.model import SCOPES, Gate

SECURITY_SCHEMES: dict[str, Any] = {
    "api_key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A person's API key: `Authorization: Bearer ak_…`.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "A collective's signature over the request (RFC 9421, Ed25519), with the headers"
        " Signature-Input and Content-Digest.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "arena_session",
        "description": "The session of a person who signed in, from the arena's own pages.",
    },
}
_KINDS = {"person": ("api_key", "session"), "collective": ("signature",)}


class Problem(BaseModel):
    """A refusal (RFC 9457). `code` names the kind of error; further fields are its facts."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/docs/problems#scope_missing"])
    title: str = Field(examples=["Forbidden"])
    status: int = Field(examples=[403])
    detail: str = Field(examples=["This needs the scope operate, which the caller does not have."])
    code: str = Field(examples=["scope_missing"])
    request_id: str | None = Field(None, examples=["req_06ema5rqtsfdtr2vbjd06dh2d4"])


def complete_openapi(document: dict[str, Any]) -> None:
    """Adds the ways to authenticate to a document, and gives refusals their media type."""
    document.setdefault("components", {})["securitySchemes"] = SECURITY_SCHEMES
    for operations in document["paths"].values():
        for operation in operations.values():
            refusal = operation.get("responses", {}).get("4XX", {}).get("content", {})
            if "application/json" in refusal:
                refusal[MEDIA_TYPE] = refusal.pop("application/json")


def described(gate: Gate, *, keyed: bool, how: dict[str, Any]) -> dict[str, Any]:
    """The route's own description with what follows from its gate."""
    extra: dict[str, Any] = {**how.get("openapi_extra", {})}
    extra["security"] = [{name: []} for kind in sorted(gate.kinds) for name in _KINDS[kind]]
    extra["x-who-may"] = _who_may(gate)
    if gate.public:
        extra["security"] = [{}]
    elif gate.scope is not None:
        extra["x-scope"] = gate.scope
    if keyed:
        extra["parameters"] = [
            *extra.get("parameters", []),
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "Any string that is unique to this intent; the same on a retry.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 255,
                    "pattern": "^[!-~]+$",
                },
            },
        ]
    refusal = {"model": Problem, "description": "Refused: see `code` and `detail`."}
    responses = {"4XX": refusal, **how.get("responses", {})}
    return {**how, "openapi_extra": extra, "responses": responses}


def _who_may(gate: Gate) -> str:
    if gate.public:
        return f"anyone: {gate.why}"
    kinds = " or ".join(sorted(gate.kinds))
    return f"a {kinds}" + (f" who may {SCOPES[gate.scope]}: `{gate.scope}`" if gate.scope else "")
