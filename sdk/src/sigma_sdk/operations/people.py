"""People: sign up, sign in, API keys."""

from collections.abc import Sequence

from sigma_sdk.exchange import Plan, change, fetch
from sigma_sdk.operation import operation
from sigma_sdk.pages import Json


class People:
    """For those who come with an e-mail address rather than a signing key."""

    @operation
    def sign_up(self, *, email: str, name: str, password: str, creator: bool = False) -> Plan[Json]:
        """Makes a person; a creator may also offer listings. The password has at least 12 characters."""
        body = {"email": email, "name": name, "password": password, "creator": creator}
        answer: Json = yield from change("POST", "/people", body)
        return answer

    @operation
    def sign_in(self, *, email: str, password: str) -> Plan[Json]:
        """Opens a session; this client keeps its cookie."""
        answer: Json = yield from change(
            "POST", "/sessions", {"email": email, "password": password}
        )
        return answer

    @operation
    def make_api_key(self, *, name: str, scopes: Sequence[str] | None = None) -> Plan[Json]:
        """Makes an API key of the signed-in person; the arena shows it this once, in `key`."""
        body: Json = {"name": name}
        if scopes is not None:
            body["scopes"] = list(scopes)
        answer: Json = yield from change("POST", "/api-keys", body)
        return answer

    @operation
    def revoke_api_key(self, api_key_id: str) -> Plan[None]:
        """Ends an API key at once."""
        yield from change("DELETE", f"/api-keys/{api_key_id}")

    @operation
    def me(self) -> Plan[Json]:
        """Who the arena takes this caller for."""
        answer: Json = yield from fetch("/me")
        return answer

    @operation
    def health(self) -> Plan[Json]:
        """The state of each part of the arena."""
        answer: Json = yield from fetch("/health")
        return answer
