"""The JSON of people's routes: what comes in is bounded and strict, what goes out holds no secret twice."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.signing import to_base64
from arena.people import identity
from arena.people.access.model import Actor, ApiKey

# No control characters, and at least one that can be seen.
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Base64Of32 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
Base64Of64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]
CollectiveId = Annotated[str, Path(pattern=r"^col_[0-9a-hjkmnp-tv-z]{26}$")]
RecoveryId = Annotated[str, Path(pattern=r"^rec_[0-9a-hjkmnp-tv-z]{26}$")]
KeyId = Annotated[str, Path(pattern=r"^key_[0-9a-hjkmnp-tv-z]{26}$")]
PersonId = Annotated[str, Path(pattern=r"^usr_[0-9a-hjkmnp-tv-z]{26}$")]
ApiKeyId = Annotated[str, Path(pattern=r"^api_[0-9a-hjkmnp-tv-z]{26}$")]
Email = Annotated[str, Field(max_length=identity.EMAIL_LENGTH_MAX, pattern=identity.EMAIL_PATTERN)]
_PUBLIC_KEY = "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewCollective(Strict):
    """The proof is an Ed25519 signature by the new key over the RFC 8785 form of
    `{"purpose": "sigma-arena/register/v1", "origin", "name", "public_key", "created"}`."""

    name: Line = Field(max_length=60, examples=["Northwind Quants"])
    about: Text = Field("", max_length=2000, examples=["Trend following on daily bars."])
    public_key: Base64Of32 = Field(
        description="Ed25519 public key, base64.", examples=[_PUBLIC_KEY]
    )
    created: str = Field(
        max_length=40,
        description="When the proof was made, RFC 3339; at most five minutes ago.",
        examples=["2026-01-05T09:00:00.000Z"],
    )
    proof: Base64Of64


class NewKey(Strict):
    """The proof is an Ed25519 signature by the new key over the RFC 8785 form of
    `{"purpose": "sigma-arena/add-key/v1", "origin", "collective", "public_key", "created"}`."""

    public_key: Base64Of32 = Field(
        description="Ed25519 public key, base64.", examples=[_PUBLIC_KEY]
    )
    created: str = Field(max_length=40, description="When the proof was made, RFC 3339.")
    proof: Base64Of64


class Rotation(NewKey):
    """A new key in the place of one: proven as any key that is added."""

    overlap_s: int = Field(
        3600, ge=0, le=identity.OVERLAP_DAYS_MAX * 86_400,
        description="How long both may sign, in seconds of the arena's time; 0: the old one ends at once.",
    )  # fmt: skip
    replaces: Annotated[str, Field(pattern=r"^key_[0-9a-hjkmnp-tv-z]{26}$")] | None = Field(
        None, description="Which key ends; left out: the one this call is signed with."
    )


class Revocation(Strict):
    last: bool = Field(False, description="Say true to revoke the collective's last active key.")
    reason: Line | None = Field(None, max_length=500, examples=["laptop lost"])


class KeyView(BaseModel):
    id: str = Field(examples=["key_0c1xw2n4m1v5q8z7t6r3p9k2h4"])
    public_key: str = Field(description="Base64.", examples=[_PUBLIC_KEY])
    active: bool
    not_before: datetime = Field(description="Product time.")
    not_after: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: identity.CollectiveKey, at: datetime) -> "KeyView":
        return cls(
            id=key.id, public_key=to_base64(key.public_key), active=key.active(at),
            not_before=key.not_before, not_after=key.not_after, revoked_at=key.revoked_at,
        )  # fmt: skip


class RotationView(BaseModel):
    """Both keys as they stand now."""

    new: KeyView
    old: KeyView


class NewRecovery(Strict):
    """The proof is an Ed25519 signature by the new key over the RFC 8785 form of
    `{"purpose": "sigma-arena/recover-keys/v1", "origin", "collective", "public_key", "created"}`, at most seven days
    old; `sigma recovery-proof` makes it."""

    public_key: Base64Of32 = Field(
        description="Ed25519 public key, base64.", examples=[_PUBLIC_KEY]
    )
    created: str = Field(max_length=40, description="When the proof was made, RFC 3339.")
    proof: Base64Of64
    reason: Line = Field(
        min_length=3, max_length=500, examples=["Called back on the number we know; passport seen."]
    )


class Stop(Strict):
    reason: Line = Field(min_length=3, max_length=500, examples=["The key was found again."])


class RecoveryView(BaseModel):
    """An operator gives the collective a new key. Wall times."""

    id: str = Field(examples=["rec_06ema5rqtsfdtr2vbjd06dh2d4"])
    collective_id: str
    public_key: str = Field(description="Base64.", examples=[_PUBLIC_KEY])
    status: str = Field(description="waiting, bound or stopped", examples=["waiting"])
    begun_at: datetime
    due_at: datetime = Field(description="When the key is bound, unless somebody stops it.")
    ended_at: datetime | None

    @classmethod
    def of(cls, found: identity.KeyRecovery) -> "RecoveryView":
        return cls(
            id=found.id, collective_id=found.collective_id, public_key=to_base64(found.public_key),
            status=found.status.value, begun_at=found.begun_at, due_at=found.due_at,
            ended_at=found.ended_at,
        )  # fmt: skip


class CollectiveView(BaseModel):
    id: str = Field(examples=["col_3tq5bmmfsb0gcjqm0qk6h2v4n8"])
    name: str
    about: str
    status: str = Field(description="active, suspended or closed", examples=["active"])
    registered_at: datetime = Field(description="Product time.")

    @classmethod
    def of(cls, collective: identity.Collective) -> "CollectiveView":
        return cls(
            id=collective.id, name=collective.name, about=collective.about,
            status=collective.status, registered_at=collective.at,
        )  # fmt: skip


class CollectiveProfile(CollectiveView):
    keys: list[KeyView] = Field(description="Every key it ever had, the revoked ones too.")


class NewPerson(Strict):
    email: Email = Field(examples=["ada@example.org"])
    name: Line = Field(max_length=80, examples=["Ada"])
    password: str = Field(min_length=12, max_length=512, examples=["four words in a row"])
    creator: bool = Field(False, description="Whether you also want to offer listings.")
    invitation: Line | None = Field(
        None,
        max_length=100,
        description="The code of an invitation to be a creator; counts with `creator` only.",
        examples=["k3tz-5q2w-9h7m-x4rb"],
    )


class PersonView(BaseModel):
    id: str = Field(examples=["usr_06ema5rqtsfdtr2vbjd06dh2d4"])
    email: str
    name: str
    roles: list[str]
    creator_request: str | None = Field(
        None,
        description="Where a wish to be a creator stands that was made with this call: waiting, granted.",
    )

    @classmethod
    def of(
        cls, person: identity.Person, asked: identity.CreatorRequest | None = None
    ) -> "PersonView":
        return cls(
            id=person.id, email=person.email, name=person.name, roles=sorted(person.roles),
            creator_request=None if asked is None else asked.status.value,
        )  # fmt: skip


class Credentials(Strict):
    email: Email = Field(examples=["ada@example.org"])
    password: str = Field(min_length=1, max_length=512, examples=["four words in a row"])


class RoleGrant(Strict):
    role: str = Field(pattern="^(creator|operator)$", examples=["creator"])
    reason: Line = Field(max_length=500, examples=["verified by a call"])


class Me(BaseModel):
    kind: str = Field(examples=["person"])
    id: str
    name: str
    roles: list[str] = []
    scopes: list[str]
    key_id: str | None = Field(None, description="The key this call was made with, if any.")

    @classmethod
    def of(cls, actor: Actor, name: str, roles: frozenset[str] = frozenset()) -> "Me":
        return cls(
            kind=actor.kind, id=actor.id, name=name, roles=sorted(roles),
            scopes=sorted(actor.scopes), key_id=actor.key_id,
        )  # fmt: skip


class NewApiKeyBody(Strict):
    name: Line = Field(max_length=80, examples=["trading laptop"])
    scopes: list[Annotated[str, Field(max_length=40)]] | None = Field(
        None,
        max_length=20,
        description="Leave out for all you have.",
        examples=[["signals:read"]],
    )
    expires_in_days: int | None = Field(None, ge=1, le=3650, examples=[90])


class ApiKeyView(BaseModel):
    id: str = Field(examples=["api_06ema5rqtsfdtr2vbjd06dh2d4"])
    name: str
    hint: str = Field(description="Its last four characters.", examples=["x7Qa"])
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyView":
        return cls(
            id=key.id, name=key.name, hint=key.hint, scopes=sorted(key.scopes), created_at=key.at,
            expires_at=key.expires_at, revoked_at=key.revoked_at,
        )  # fmt: skip


class ApiKeyShown(ApiKeyView):
    key: str = Field(description="The key. It is shown this once; keep it.", examples=["ak_…"])
