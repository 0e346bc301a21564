"""Every page, every role: who may see it does, everyone else is sent to sign in or told so. No page is forgotten."""

import re
from typing import Any

import pytest

from arena.web.pages import PAGES
from tests.pages.reader import Reader
from tests.stories.house import House

ANYBODY, KNOWN, CREATOR, OPERATOR = "anybody", "known", "creator", "operator"
NEEDS = {"operate": OPERATOR, "listings:write": CREATOR, "payouts:write": CREATOR}
# Pages whose gate lets anybody who is known in, to send on whoever lacks the role.
SEND_ON = {"/studio"}
# Forms after which the reader is nobody any more, or has another role.
CHANGE_WHO = {("POST", "/sign-out"), ("POST", "/account/creator")}
ROLES: dict[str, tuple[str, ...]] = {
    "nobody": (), "subscriber": (), "creator": ("creator",), "operator": ("operator",),
}  # fmt: skip
RIGHTS = {
    "nobody": {ANYBODY}, "subscriber": {ANYBODY, KNOWN}, "creator": {ANYBODY, KNOWN, CREATOR},
    "operator": {ANYBODY, KNOWN, CREATOR, OPERATOR},
}  # fmt: skip


def pages() -> list[tuple[str, str, Any]]:
    """Method, path and gate of every page."""
    found = []
    for router in PAGES:
        for route in router.routes:
            gated = getattr(route.endpoint, "__arena__", None)  # type: ignore[attr-defined]  # an APIRoute
            assert gated is not None, f"{route.path} has no gate"  # type: ignore[attr-defined]  # an APIRoute
            for method in route.methods - {"HEAD"}:  # type: ignore[attr-defined]  # an APIRoute
                found.append((method, route.path, gated))  # type: ignore[attr-defined]  # an APIRoute
    return found


def right_of(gate: Any) -> str:
    if gate.public:
        return ANYBODY
    return NEEDS.get(gate.scope or "", KNOWN)


def test_every_page_names_its_gate_and_says_why_it_is_open() -> None:
    found = pages()
    assert len(found) >= 60
    for method, path, (gate, _, keyed) in found:
        assert gate.scope is not None or len(gate.why) > 8, f"{method} {path}: why is it open?"
        if method == "POST" and not keyed:
            assert path in {"/sign-in", "/sign-out"}, f"{path}: a form that may act twice"


def test_what_is_the_operators_is_behind_his_scope() -> None:
    for method, path, (gate, _, _) in pages():
        if path.startswith("/operator"):
            assert gate.scope == "operate", f"{method} {path}"
        if path.startswith(("/subscriptions", "/subscribe", "/account", "/live/feeds")):
            assert not gate.public, f"{method} {path}"


@pytest.mark.parametrize("role", ROLES)
async def test_a_page_opens_to_those_who_may_and_to_nobody_else(house: House, role: str) -> None:
    wrong = []
    async with Reader(house) as reader:
        if role != "nobody":
            await reader.sign_in(*ROLES[role])
        reader.client.follow_redirects = False
        for method, template, (gate, _, _) in pages():
            if template.startswith("/live/") or (method, template) in CHANGE_WHO:
                continue  # streams do not end
            path = _filled(template)
            sent = {"once": "once_0123456789", "nothing": "at all"}
            answer = await reader.client.request(
                method, path, data=sent if method == "POST" else None
            )
            status, allowed = answer.status_code, right_of(gate) in RIGHTS[role]
            if status >= 500:
                wrong.append(f"{method} {path}: {status}")
            elif role == "nobody" and not allowed:
                to = answer.headers.get("location", "")
                if status != 303 or not to.startswith("/sign-in?next=%2F"):
                    wrong.append(f"{method} {path}: {status} {to}, not sent to sign in")
            elif not allowed and template not in SEND_ON and status != 403:
                wrong.append(f"{method} {path}: {status}, not refused to a {role}")
            elif allowed and status in (401, 403) and not _is_foreign(template):
                wrong.append(f"{method} {path}: {status}, refused to a {role}")
    assert wrong == []


def _filled(template: str) -> str:
    """The template with ids in place that nobody has, or that are not even ids."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: _STAND_INS.get(m[1], "nothing"), template)


_STAND_INS = {
    "listing_id": "lst_" + "0" * 26, "tier": "pro", "feed_id": "fd_" + "0" * 26,
    "subscription_id": "sub_" + "0" * 26, "case_id": "mod_" + "0" * 26, "fact_id": "1",
    "collective_id": "col_" + "0" * 26, "attempt_id": "pay_" + "0" * 26, "slug": "market",
    "person_id": "usr_" + "0" * 26, "api_key_id": "api_" + "0" * 26, "account_id": "acc_" + "0" * 26,
    "order_id": "ord_" + "0" * 26, "sweep_id": "swp_" + "0" * 26, "table": "fills", "difference_id": "dif_" + "0" * 26,
}  # fmt: skip


def _is_foreign(template: str) -> bool:
    """Pages about one thing may refuse with 403 that it is somebody else's."""
    return "{" in template
