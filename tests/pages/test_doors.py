"""Signing up, in and out: polite to people, closed to other sites, a new session each time."""

import httpx
import pytest

from arena.kit import ids
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access.routes import routes as people
from arena.web.pages.account import sign_in as sign_in_pages
from arena.web.pages.account import sign_up as sign_up_pages
from tests.http import make_client
from tests.pages.doors import another, elsewhere, new_email, new_person, sign_in
from tests.pages.reader import PASSWORD, Reader, hidden_fields, text_of
from tests.stories.house import House

EVIL = [
    "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "\\\\evil.example",
    "/market%0d%0aSet-Cookie:a=b", "/\r\nLocation: https://evil.example", "%2F%2Fevil.example", "/\t/evil.example",
    "http:evil.example", "//evil.example/%2e%2e", " //evil.example", "data:text/html,x", "/%09/evil.example",
]  # fmt: skip
DOORS = ["/sign-in", "/sign-up", "/forgot"]


def account(**changes: str) -> dict[str, str]:
    return {"name": "Ada", "email": new_email(), "password": PASSWORD, **changes}


async def test_whoever_signs_up_is_signed_in_and_welcomed_at_the_market(reader: Reader) -> None:
    page = await elsewhere(reader).get("/sign-up")
    wanted = account(name="Ada Lovelace")
    answer = await reader.send("/sign-up", wanted, page=page)
    assert (answer.status_code, answer.url.path) == (200, "/market")
    assert "Welcome, Ada Lovelace. You are signed in." in text_of(answer.text)
    assert wanted["email"] in (await reader.get("/account")).text
    assert "Welcome" not in (await reader.get("/market")).text


async def test_after_signing_up_one_goes_on_where_one_wanted_to(reader: Reader) -> None:
    asked = await elsewhere(reader).get("/account/keys")
    assert (asked.url.path, asked.url.query) == ("/sign-in", b"next=%2Faccount%2Fkeys")
    assert "/sign-up?next=/account/keys" in asked.text
    page = await reader.get("/sign-up?next=/account/keys")
    answer = await reader.send("/sign-up", account(), page=page)
    assert answer.url.path == "/account/keys"


async def test_a_creator_may_create_at_once_where_that_is_open(reader: Reader) -> None:
    page = await elsewhere(reader).get("/sign-up")
    answer = await reader.send("/sign-up", account(creator="true"), page=page)
    assert "Your studio" in text_of(answer.text)
    assert (await reader.get("/studio")).url.path == "/studio"


async def test_an_address_that_is_taken_is_shown_the_two_ways_in(
    house: House, reader: Reader
) -> None:
    known = await new_person(house)
    page = await elsewhere(reader).get("/sign-up?next=/how")
    answer = await reader.send("/sign-up", account(email=known.email.upper()), page=page)
    assert answer.status_code == 409
    assert "There is an account with this e-mail address already" in text_of(answer.text)
    assert 'href="/sign-in?next=/how"' in answer.text
    assert 'href="/forgot"' in answer.text
    assert known.email.upper() in answer.text
    assert PASSWORD not in answer.text
    assert "arena_session" not in reader.client.cookies


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "too short"}, "At least 12 characters"),
        ({"password": ""}, "Fill this in"),
        ({"email": "no address"}, "An e-mail address looks like"),
        ({"email": "a" * 250 + "@example.org"}, "An e-mail address looks like"),
        ({"name": "  "}, "Fill this in"),
        ({"name": "x" * 81}, "At most 80 characters"),
    ],
)
async def test_a_field_that_is_wrong_says_so_beside_it(
    reader: Reader, change: dict[str, str], words: str
) -> None:
    page = await elsewhere(reader).get("/sign-up")
    answer = await reader.send("/sign-up", account(**change), page=page)
    assert answer.status_code == 422
    assert words in text_of(answer.text)
    assert answer.text.count('aria-invalid="true"') == 1
    assert PASSWORD not in answer.text


async def test_a_sign_up_sent_twice_makes_one_account_and_signs_in_both_times(
    house: House, reader: Reader
) -> None:
    page = await elsewhere(reader).get("/sign-up")
    fields = {**hidden_fields(page.text, "/sign-up"), **account()}
    first = await reader.client.post("/sign-up", data=fields, follow_redirects=False)
    with_session = await reader.client.post("/sign-up", data=fields, follow_redirects=False)
    assert with_session.headers["location"] == "/market"
    reader.client.cookies.clear()  # a double click is sent before the first answer is there
    again = await reader.client.post("/sign-up", data=fields, follow_redirects=False)
    assert first.status_code == again.status_code == 303
    assert again.headers["idempotency-replayed"] == "true"
    assert first.headers.get_list("set-cookie") == again.headers.get_list("set-cookie")
    assert [c.split("=")[0] for c in again.headers.get_list("set-cookie")] == [
        "arena_flash", "arena_session",
    ]  # fmt: skip
    async with house.arena.db.transaction(readonly=True) as tx:
        count = await tx.fetchval("select count(*) from person where email = $1", fields["email"])
    assert count == 1


async def test_spaces_at_the_ends_of_a_password_are_part_of_it(
    house: House, reader: Reader
) -> None:
    page = await elsewhere(reader).get("/sign-up")
    wanted = account(password="  a pass phrase  ")
    await reader.send("/sign-up", wanted, page=page)
    for password, status in ((wanted["password"], 201), (wanted["password"].strip(), 401)):
        async with house.caller() as program:
            credentials = {"email": wanted["email"], "password": password}
            assert (await program.post("/sessions", json=credentials)).status_code == status


async def test_the_unknown_and_the_wrong_are_told_the_same(house: House, reader: Reader) -> None:
    known = await new_person(house)
    wrong = await sign_in(elsewhere(reader), known.email, "not the password")
    unknown = await sign_in(reader, new_email(), "not the password")
    for answer in (wrong, unknown):
        assert answer.status_code == 401
        assert "E-mail address and password do not fit together" in text_of(answer.text)
        assert "not the password" not in answer.text
        assert 'href="/forgot"' in answer.text
    assert f'value="{known.email}"' in wrong.text
    right = await sign_in(reader, known.email)
    assert (right.status_code, right.url.path) == (200, "/market")


async def test_one_goes_on_where_one_wanted_to_even_after_a_wrong_try(
    house: House, reader: Reader
) -> None:
    known = await new_person(house)
    page = await elsewhere(reader).get("/account/keys?from=a&b=c")
    wrong = await reader.send(
        "/sign-in", {"email": known.email, "password": "not the password"}, page=page
    )
    assert hidden_fields(wrong.text, "/sign-in")["next"] == "/account/keys?from=a&b=c"
    answer = await reader.send("/sign-in", {"email": known.email, "password": PASSWORD}, page=wrong)
    assert (answer.url.path, answer.url.query) == ("/account/keys", b"from=a&b=c")


@pytest.mark.parametrize("place", [*EVIL, "/sign-in", "/sign-out", "/forgot", "/reset/x", ""])
async def test_nobody_is_sent_to_another_site_or_round_in_circles(
    house: House, reader: Reader, place: str
) -> None:
    page = await elsewhere(reader).get("/sign-in", params={"next": place})
    shown = hidden_fields(page.text, "/sign-in")["next"]
    known = await new_person(house)
    fields = {"email": known.email, "password": PASSWORD, "next": place}
    answer = await reader.client.post("/sign-in", data=fields, follow_redirects=False)
    for target in (shown, answer.headers["location"]):
        assert httpx.URL(house.url).join(target).netloc == httpx.URL(house.url).netloc
    assert [c.split("=")[0] for c in answer.headers.get_list("set-cookie")] == ["arena_session"]
    signed_in = await reader.client.get("/sign-in", params={"next": place}, follow_redirects=False)
    assert signed_in.headers["location"] == answer.headers["location"]


@pytest.mark.parametrize("door", [*DOORS, "/sign-out"])
@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "OURS"}, False),
        ({"Origin": "OURS"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
async def test_no_form_of_another_site_comes_through_a_door(
    house: House, reader: Reader, door: str, headers: dict[str, str], allowed: bool
) -> None:
    """Signing somebody in as somebody else is an attack as well: what they do then lands in a stranger's account."""
    del elsewhere(reader).client.headers["Sec-Fetch-Site"]
    known = await new_person(house)
    fields = {**account(email=known.email), "once": "once-and-only"}
    headers = {name: house.url if value == "OURS" else value for name, value in headers.items()}
    answer = await reader.client.post(door, data=fields, headers=headers, follow_redirects=False)
    if not allowed:
        assert answer.status_code == 403
        assert "came from another site" in text_of(answer.text)
        assert "arena_session" not in answer.headers.get("set-cookie", "")
    else:
        assert answer.status_code in (303, 409)


async def test_whoever_is_signed_in_is_sent_on(reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    for door in ("/sign-in", "/sign-up"):
        assert (await reader.get(f"{door}?next=/how")).url.path == "/how"
        assert (await reader.get(door)).url.path == "/market"


async def test_a_session_that_somebody_planted_is_not_signed_in(
    house: House, reader: Reader
) -> None:
    known = await new_person(house)
    elsewhere(reader).client.cookies.set("arena_session", "planted")
    answer = await sign_in(reader, known.email)
    token = dict(c.split(";")[0].split("=", 1) for c in _cookies(answer))["arena_session"]
    assert token != "planted"
    async with another(house) as thief:
        thief.client.cookies.set("arena_session", "planted")
        assert (await thief.get("/account")).url.path == "/sign-in"


async def test_signing_in_anew_ends_the_session_before(house: House, reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    before = reader.client.cookies["arena_session"]
    other = await new_person(house, name="Somebody Else")
    fields = {"email": other.email, "password": PASSWORD}
    assert (await reader.send("/sign-in", fields)).url.path == "/market"
    assert other.email in (await reader.get("/account")).text
    async with another(house) as old:
        old.client.cookies.set("arena_session", before)
        assert (await old.get("/account")).url.path == "/sign-in"


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "https://arena.example"])
async def test_the_cookie_of_every_door_is_closed_to_scripts_and_other_sites(
    db: Database, settings: Settings, origin: str
) -> None:
    behind = settings.model_copy(update={"public_origin": origin})
    async with make_client(db, behind, sign_up_pages.routes, sign_in_pages.routes) as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        wanted = account()
        doors = [
            await client.post("/sign-up", data={**wanted, "once": "once-and-only"}),
            await client.post("/sign-in", data=wanted),
        ]
    for answer in doors:
        assert answer.status_code == 303
        cookie = next(c for c in answer.headers.get_list("set-cookie") if "arena_session" in c)
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/", "max-age=1209600"} <= parts
        assert ("secure" in parts) == origin.startswith("https:")


async def test_the_eleventh_try_is_told_how_long_to_wait(house: House, reader: Reader) -> None:
    known = await new_person(house)
    page = await elsewhere(reader).get("/sign-in")
    wrong = {"email": known.email, "password": "not the password"}
    for _ in range(10):
        assert (await reader.send("/sign-in", wrong, page=page)).status_code == 401
    stopped = await sign_in(reader, known.email)
    assert stopped.status_code == 429
    assert 1 <= int(stopped.headers["retry-after"]) <= 300
    assert "Too many tries in a short time. Wait" in text_of(stopped.text)
    assert "minute" in text_of(stopped.text)
    assert f'value="{known.email}"' in stopped.text
    assert (await sign_in(elsewhere(reader), known.email)).url.path == "/market"


async def test_people_who_sign_in_use_up_nothing_of_their_address(
    house: House, reader: Reader
) -> None:
    known = await new_person(house)
    elsewhere(reader)
    for _ in range(105):
        credentials = {"email": known.email, "password": PASSWORD}
        assert (await reader.client.post("/sessions", json=credentials)).status_code == 201


async def test_who_opens_accounts_with_one_address_again_and_again_is_stopped(
    house: House, reader: Reader
) -> None:
    taken = account(email=(await new_person(house)).email)
    page = await elsewhere(reader).get("/sign-up")
    for _ in range(10):
        assert (await reader.send("/sign-up", taken, page=page)).status_code == 409
    stopped = await reader.send("/sign-up", taken, page=page)
    assert (stopped.status_code, "retry-after" in stopped.headers) == (429, True)
    assert "minutes" in text_of(stopped.text)


async def test_from_one_place_so_many_accounts_are_opened_an_hour_by_either_door(
    db: Database, settings: Settings
) -> None:
    few = settings.model_copy(update={"rate_sign_ups_per_hour": 2})
    async with make_client(db, few, sign_up_pages.routes, people) as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        for status in (303, 303, 429):
            form = {**account(), "once": ids.fresh("once")}
            assert (await client.post("/sign-up", data=form)).status_code == status
            client.cookies.clear()
        assert (await client.post("/people", json=account())).status_code == 429


async def test_signing_out_needs_no_token_and_ends_the_session(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    token = reader.client.cookies["arena_session"]
    page = await reader.get("/how")
    assert 'action="/sign-out"' in page.text
    answer = await reader.client.post("/sign-out")
    assert (answer.url.path, "You are signed out." in answer.text) == ("/", True)
    assert "arena_session" not in reader.client.cookies
    async with another(house) as old:
        old.client.cookies.set("arena_session", token)
        assert (await old.get("/account")).url.path == "/sign-in"
    assert (await reader.client.post("/sign-out")).url.path == "/"


async def test_a_session_that_has_ended_is_told_so_at_the_door(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    async with house.arena.db.transaction() as tx:
        await tx.execute(
            "update session set expires_at = clock_timestamp() where person_id = $1",
            reader.person_id,
        )
    page = await reader.get("/account/keys")
    assert page.url.path == "/sign-in"
    assert "Your session has ended" in text_of(page.text)


async def test_doors_are_kept_by_no_cache_for_somebody_else(reader: Reader) -> None:
    for door in DOORS:
        assert (await reader.get(door)).headers["cache-control"] == "private, no-cache"


async def test_what_people_type_is_shown_as_text(reader: Reader) -> None:
    page = await elsewhere(reader).get("/sign-up")
    answer = await reader.send("/sign-up", account(name='<b>"Ada"</b>'), page=page)
    assert "&lt;b&gt;&#34;Ada&#34;&lt;/b&gt;" in answer.text
    assert "<b>" not in answer.text


async def test_the_trail_knows_who_signed_up_in_and_out(house: House, reader: Reader) -> None:
    page = await elsewhere(reader).get("/sign-up")
    await reader.send("/sign-up", account(), page=page)
    await reader.client.post("/sign-out")
    async with house.arena.db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            """select action, request_id from audit_event where actor =
               (select actor from audit_event where action = 'people.sign_out' order by id desc limit 1)
               order by id"""
        )
    assert [row["action"] for row in rows] == [
        "people.create_person", "people.sign_in", "people.sign_out",
    ]  # fmt: skip
    assert all(row["request_id"] for row in rows)


def _cookies(answer: httpx.Response) -> list[str]:
    return [c for one in [*answer.history, answer] for c in one.headers.get_list("set-cookie")]
