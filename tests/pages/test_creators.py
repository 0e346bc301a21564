"""Who may be a creator is the operator's choice: at once, by the waiting list, or by invitation; at every door."""

import re
from typing import Any

import httpx
import pytest

from arena.people import identity
from tests.pages.creators import HERE, Policy, decide, further, waiting
from tests.pages.doors import (
    another,
    elsewhere,
    letters_to,
    link_in,
    new_email,
    new_person,
)
from tests.pages.reader import PASSWORD, Reader, hidden_fields, text_of
from tests.stories.house import House


@pytest.fixture
def policy(house: House, monkeypatch: pytest.MonkeyPatch) -> Policy:
    """Sets who may be a creator, for this test."""
    return lambda chosen: monkeypatch.setattr(house.arena.settings, "creators", chosen)


@pytest.fixture
async def operator(house: House) -> Any:
    async with another(house) as opened:
        yield await elsewhere(opened).sign_in("operator")


async def roles_of(house: House, address: str) -> set[str]:
    async with house.arena.db.transaction(readonly=True) as tx:
        found = await identity.person_by_email(tx, address)
    assert found is not None
    return set(found[0].roles)


async def ask(reader: Reader, words: str = "Crosses of averages.") -> httpx.Response:
    page = await reader.get("/account/creator")
    return await reader.send("/account/creator", {"words": words}, page=page)


async def invitation(operator: Reader, note: str = "for Grace", days: str = "14") -> str:
    """The code of a new invitation."""
    page = await operator.get(HERE)
    made = await operator.send(f"{HERE}/invitations", {"note": note, "days": days}, page=page)
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    found = re.search(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", made.text)
    assert found is not None
    return found[1]


async def sign_up(reader: Reader, path: str = "/sign-up", **fields: str) -> httpx.Response:
    page = await elsewhere(reader).get(path)
    wanted = {"name": "Grace", "email": new_email(), "password": PASSWORD, **fields}
    reader.email = wanted["email"]
    return await reader.send("/sign-up", wanted, page=page)


async def test_where_it_is_open_one_button_makes_a_creator(house: House, reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    page = await reader.get("/studio")
    assert page.url.path == "/account/creator"
    answer = await reader.send("/account/creator", {}, page=page)
    assert answer.url.path == "/studio"
    assert "You are a creator now" in text_of(answer.text)
    assert await roles_of(house, reader.email) == {"creator"}
    assert "You are a creator" in text_of((await reader.get("/account/creator")).text)


async def test_the_list_is_waited_on_granted_and_told_of(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    await elsewhere(reader).sign_in()
    answer = await ask(reader, "Two averages <b>crossing</b>.")
    assert "You are on the waiting list." in text_of(answer.text)
    assert "Two averages &lt;b&gt;crossing&lt;/b&gt;." in answer.text
    assert 'action="/account/creator"' in answer.text  # an invitation goes past the list
    assert "Your wish to create waits" in text_of((await reader.get("/account")).text)
    assert await roles_of(house, reader.email) == set()
    listed = await waiting(operator)
    assert reader.email in listed
    assert "Two averages &lt;b&gt;crossing&lt;/b&gt;." in listed
    done = await decide(house, operator, reader.email, "grant")
    assert (done.url.path, "is a creator now" in text_of(done.text)) == (HERE, True)
    assert f'<p class="quiet">{reader.email}' not in await waiting(operator)
    assert await roles_of(house, reader.email) == {"creator"}
    told = (await letters_to(house, reader.email))[0]
    assert told["Subject"] == "You may offer listings now"
    assert link_in(told, "/studio") == "/studio"
    assert (await reader.get("/studio")).url.path == "/studio"


async def test_a_refusal_needs_a_reason_which_the_person_reads(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    await elsewhere(reader).sign_in()
    await ask(reader)
    without = await decide(house, operator, reader.email, "refuse")
    assert without.status_code == 422
    assert "Say why: the person reads it." in text_of(without.text)
    assert without.text.count('aria-invalid="true"') == 1
    refused = await decide(house, operator, reader.email, "refuse", "No record & no method.")
    assert "was refused" in text_of(refused.text)
    page = await reader.get("/account/creator")
    assert "Your wish was not granted." in text_of(page.text)
    assert "No record &amp; no method." in page.text
    assert 'name="words"' not in page.text
    again = await reader.send("/account/creator", {"words": "Please"})
    assert again.status_code == 409
    assert "No record & no method." in str((await letters_to(house, reader.email))[0])
    granted = await decide(house, operator, reader.email, "grant", "A mistake of ours.")
    assert granted.status_code == 200
    assert await roles_of(house, reader.email) == {"creator"}


async def test_after_a_month_one_may_ask_again(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    await elsewhere(reader).sign_in()
    await ask(reader)
    await decide(house, operator, reader.email, "refuse", "Not yet.")
    async with house.arena.db.transaction() as tx:
        await tx.execute(
            "update creator_request set decided_at = decided_at - interval '31 days' where person_id = $1",
            reader.person_id,
        )
    assert 'name="words"' in (await reader.get("/account/creator")).text
    assert "You are on the waiting list." in text_of((await ask(reader)).text)


async def test_what_was_decided_is_not_decided_again(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    await elsewhere(reader).sign_in()
    await ask(reader)
    await decide(house, operator, reader.email, "grant")
    again = await decide(house, operator, reader.email, "refuse", "Changed my mind.")
    assert again.status_code == 409
    assert "was granted before" in text_of(again.text)
    nothing = await operator.send(f"{HERE}/crq_{'0' * 26}/decide", {"verdict": "grant"})
    assert nothing.status_code == 404


async def test_an_invitation_makes_one_person_a_creator(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("invitation")
    code = await invitation(operator)
    await elsewhere(reader).sign_in()
    for given, words in (("", "Fill in the code"), ("aaaa-bbbb", "unknown, used, withdrawn")):
        page = await reader.get("/account/creator")
        wrong = await reader.send("/account/creator", {"invitation": given}, page=page)
        assert wrong.status_code == 422
        assert words in text_of(wrong.text)
    shouted = code.upper().replace("-", " ")
    answer = await reader.send("/account/creator", {"invitation": shouted})
    assert answer.url.path == "/studio"
    assert await roles_of(house, reader.email) == {"creator"}
    async with another(house) as second:
        await second.sign_in()
        late = await second.send("/account/creator", {"invitation": code})
        assert late.status_code == 422
        assert await roles_of(house, second.email) == set()
    listed = text_of((await operator.get(HERE)).text)
    assert f"…{code[-4:]} for Grace used" in listed
    assert "used by Ada Reader" in listed


async def test_the_code_of_an_invitation_is_kept_nowhere(house: House, operator: Reader) -> None:
    code = await invitation(operator, note="kept nowhere")
    letters = code.replace("-", "")
    async with house.arena.db.transaction(readonly=True) as tx:
        tables = await tx.fetch("select tablename from pg_tables where schemaname = 'public'")
        for row in tables:
            text = str(await tx.fetch(f"select t::text from {row['tablename']} t"))
            assert code not in text, row["tablename"]
            assert letters not in text, row["tablename"]
    assert code not in (await operator.get(HERE)).text


async def test_an_invitation_ends_by_time_and_by_its_operator(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("invitation")
    late, withdrawn = await invitation(operator, "late"), await invitation(operator, "withdrawn")
    async with house.arena.db.transaction() as tx:
        await tx.execute("update invitation set expires_at = clock_timestamp() where note = 'late'")
        kept = await tx.fetchval("select id from invitation where note = 'withdrawn'")
    page = await operator.get(HERE)
    action = f"{HERE}/invitations/{kept}/withdraw"
    done = await operator.send(action, {}, page=page)
    assert "opens nothing any more" in text_of(done.text)
    again = await operator.send(action, {})
    assert again.status_code == 409
    assert "is withdrawn already" in text_of(again.text)
    await elsewhere(reader).sign_in()
    for code in (late, withdrawn):
        answer = await reader.send("/account/creator", {"invitation": code})
        assert answer.status_code == 422
    assert await roles_of(house, reader.email) == set()


async def test_on_the_waiting_list_an_invitation_goes_first(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    code = await invitation(operator)
    await elsewhere(reader).sign_in()
    await ask(reader)
    answer = await reader.send("/account/creator", {"invitation": code})
    assert answer.url.path == "/studio"
    assert reader.email not in await waiting(operator)


async def test_the_same_form_sent_again_makes_no_second_invitation(
    house: House, operator: Reader
) -> None:
    page = await operator.get(HERE)
    fields = {**hidden_fields(page.text, f"{HERE}/invitations"), "note": "twice", "days": "7"}
    answers = [await operator.client.post(f"{HERE}/invitations", data=fields) for _ in range(2)]
    assert answers[0].text == answers[1].text
    async with house.arena.db.transaction(readonly=True) as tx:
        assert await tx.fetchval("select count(*) from invitation where note = 'twice'") == 1


@pytest.mark.parametrize("days", ["0", "366", "-1", "x", ""])
async def test_an_invitation_is_good_for_some_days(operator: Reader, days: str) -> None:
    page = await operator.get(HERE)
    answer = await operator.send(f"{HERE}/invitations", {"days": days}, page=page)
    assert answer.status_code == 422
    assert 'id="days-error"' in answer.text


async def test_signing_up_under_the_waiting_list(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    answer = await sign_up(reader, creator="true", words="I have a model.")
    assert "waits for the operator" in text_of(answer.text)
    assert await roles_of(house, reader.email) == set()
    assert "I have a model." in await waiting(operator)


async def test_signing_up_with_an_invitation(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("invitation")
    code = await invitation(operator)
    page = await reader.get(f"/sign-up?invitation={code}")
    assert f'value="{code}"' in page.text
    assert 'value="true" checked' in page.text
    for given, words in (("", "Fill in the code"), ("aaaa", "unknown, used, withdrawn")):
        wrong = await sign_up(reader, creator="true", invitation=given)
        assert wrong.status_code == 422
        assert words in text_of(wrong.text)
        async with house.arena.db.transaction(readonly=True) as tx:
            assert await identity.person_by_email(tx, reader.email) is None
    answer = await sign_up(reader, f"/sign-up?invitation={code}", creator="true", invitation=code)
    assert "Your studio" in text_of(answer.text)
    assert await roles_of(house, reader.email) == {"creator"}


async def test_programs_sign_up_by_the_same_rules(
    house: House, operator: Reader, policy: Policy
) -> None:
    """POST /people: the role at once, a turn on the waiting list, or a code."""

    async def post(**changes: object) -> httpx.Response:
        async with house.caller() as program:
            body = {"email": new_email(), "name": "Bot", "password": PASSWORD, **changes}
            return await program.post("/people", json=body)

    at_once = (await post(creator=True)).json()
    assert (at_once["roles"], at_once["creator_request"]) == (["creator"], None)
    policy("waitlist")
    waits = (await post(creator=True)).json()
    assert (waits["roles"], waits["creator_request"]) == ([], "waiting")
    plain = (await post()).json()
    assert (plain["roles"], plain["creator_request"]) == ([], None)
    policy("invitation")
    none, wrong = await post(creator=True), await post(creator=True, invitation="aaaa-bbbb")
    assert (none.status_code, none.json()["code"]) == (422, "invitation_needed")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invitation_refused")
    code = await invitation(operator)
    invited = (await post(creator=True, invitation=code)).json()
    assert (invited["roles"], invited["creator_request"]) == (["creator"], None)
    assert (await post(creator=True, invitation=code)).status_code == 422
    assert (await post(invitation="whatever")).status_code == 201


async def test_a_role_that_is_granted_by_the_api_settles_the_wish(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    await elsewhere(reader).sign_in()
    await ask(reader)
    granted = await operator.client.post(
        f"/people/{reader.person_id}/roles", json={"role": "creator", "reason": "by hand"},
        headers={"Idempotency-Key": "settles-the-wish"},
    )  # fmt: skip
    assert granted.status_code == 200
    async with house.arena.db.transaction(readonly=True) as tx:
        asked = await identity.creator_request_of(tx, reader.person_id)
    assert asked is not None
    assert (asked.status.value, asked.reason) == ("granted", "by hand")


async def test_the_lists_are_read_page_by_page_the_longest_waiting_first(
    house: House, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    names = [f"Waiting {number:02}" for number in range(28)]
    for name in names:
        person = await new_person(house, name=name)
        async with house.arena.db.transaction() as tx:
            await identity.request_creator(tx, person.id, "")
    seen: list[str] = []
    path: str | None = HERE
    while path is not None:
        page = await operator.get(path)
        seen += re.findall(r">(Waiting \d\d)</h3>", page.text)
        path = further(page, "waiting")
    assert seen == names
    for bad in ("waiting", "invitations", "creators"):
        assert (await operator.get(f"{HERE}?{bad}=nonsense")).status_code == 400


async def test_creators_stand_there_with_their_listings(house: House, operator: Reader) -> None:
    person = await new_person(house, "creator", name="Fresh Creator")
    page = await operator.get(HERE)
    words = text_of(page.text)
    assert re.search(rf"Fresh Creator {re.escape(person.email)} .{{4,40}} 0 ", words)
    while "Demo creator" not in words:
        path = further(page, "creators")
        assert path is not None, page.text
        page = await operator.get(path)
        words = text_of(page.text)
    found = re.search(r"Demo creator creator@arena.example .{4,40} (\d+) ", words)
    assert found is not None
    assert int(found[1]) >= 1


async def test_every_act_leaves_its_line(
    house: House, reader: Reader, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    await elsewhere(reader).sign_in()
    await ask(reader)
    await decide(house, operator, reader.email, "refuse", "Not this one.")
    code = await invitation(operator)
    await reader.send("/account/creator", {"invitation": code})
    async with house.arena.db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            """select actor, action, reason, request_id from audit_event
               where actor in ($1, $2) and action <> 'people.sign_in' order by id""",
            reader.person_id, operator.person_id,
        )  # fmt: skip
    assert all(row["request_id"] for row in rows if row["action"] != "people.create_person")
    assert [(row["action"], row["actor"] == reader.person_id) for row in rows] == [
        ("people.create_person", False),
        ("people.create_person", True),
        ("people.request_creator", True),
        ("people.creator_refused", False),
        ("people.invite_creator", False),
        ("people.redeem_invitation", True),
        ("people.grant_role", False),
    ]
    assert rows[3]["reason"] == "Not this one."
