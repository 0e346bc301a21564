"""Somebody who reads pages without a browser: parses the HTML, fills in its forms, keeps its cookies."""

import re
from html.parser import HTMLParser
from typing import Any, Self

import httpx

from arena.kit import ids
from arena.people import identity
from tests.stories.house import House

PASSWORD = "four words in a row"
# Forms that may rightly change nothing: a session that is none, a link for nobody, a letter asked for again.
MAY_DO_NOTHING = re.compile(r"/sign-out|/forgot|/studio/\w+/submit|/account/sessions/end")


class Reader:
    """`get` and `send` answer with the page; redirects are followed, as browsers do.

    On leaving, every form that was answered with "see other" must have left its line in the audit trail.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.client = httpx.AsyncClient(
            base_url=house.url, follow_redirects=True, timeout=30, trust_env=False,
            headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
            event_hooks={"response": [self._note]},
        )  # fmt: skip
        self._done: dict[str, str] = {}
        self.person_id = ""
        self.email = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, failed: object, *_: object) -> None:
        await self.client.aclose()
        if failed is None:
            unaudited = await self._unaudited()
            assert unaudited == [], f"no line in the audit trail: {unaudited}"

    async def _note(self, response: httpx.Response) -> None:
        path, to = response.request.url.path, response.headers.get("location", "/sign-in")
        acted = response.request.method == "POST" and response.status_code == 303
        again = "idempotency-replayed" in response.headers
        if acted and not again and not MAY_DO_NOTHING.fullmatch(path) and "/sign-in" not in to:
            self._done[response.headers["x-request-id"]] = path

    async def _unaudited(self) -> list[str]:
        """Forms that acted and left no line in the audit trail."""
        async with self.house.arena.db.transaction(readonly=True) as tx:
            rows = await tx.fetch(
                "select distinct request_id from audit_event where request_id = any($1::text[])",
                list(self._done),
            )
        audited = {self._done[row["request_id"]] for row in rows}
        # Sent again, a form does nothing more and leaves no second line.
        return [path for path in self._done.values() if path not in audited]

    async def get(self, path: str, **how: Any) -> httpx.Response:
        return await self.client.get(path, **how)

    async def send(
        self, path: str, fields: dict[str, str], *, page: httpx.Response | None = None
    ) -> httpx.Response:
        """Posts a form to `path`. With the page it stands on, its hidden fields go along as a browser's would."""
        kept = hidden_fields(page.text, path) if page is not None else {"once": ids.fresh("once")}
        return await self.client.post(path, data={**kept, **fields})

    async def sign_in(self, *roles: str) -> Self:
        """As a new person with these roles."""
        self.email = f"{ids.fresh('p')[-12:]}@example.org"
        async with self.house.arena.db.transaction() as tx:
            made = await identity.create_person(
                tx, email=self.email, name="Ada Reader", password=PASSWORD, roles=roles
            )
        self.person_id = made.id
        answer = await self.client.post(
            "/sessions", json={"email": self.email, "password": PASSWORD}
        )
        assert answer.status_code == 201, answer.text
        return self

    @property
    def cookies(self) -> list[dict[str, str]]:
        """For a browser's context: `await context.add_cookies(reader.cookies)`."""
        return [
            {"name": c.name, "value": c.value or "", "url": self.house.url}
            for c in self.client.cookies.jar
        ]


def hidden_fields(html: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that posts to `action`."""
    forms = _Forms()
    forms.feed(html)
    assert action in forms.found, f"no form posts to {action}, only to {sorted(forms.found)}"
    return forms.found[action]


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    words = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", words)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self._fields = {}
            self.found[named.get("action") or ""] = self._fields
        elif tag == "input" and named.get("type") == "hidden" and self._fields is not None:
            self._fields[named.get("name") or ""] = named.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
