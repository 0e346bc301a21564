"""What pages are made with: where to go next, numbers in words, forms of other sites, errors as pages."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit import ids
from arena.kit.money import Money
from arena.web.page import local_path
from arena.web.page.numbers import change, money, percent, signed_percent, ticks
from tests.pages.reader import Reader
from tests.stories.house import House


@pytest.mark.parametrize(
    "path",
    ["/", "/market?sort=price&after=x", "/listings/lst_1#check", "/a//b", "/%2F%2Fevil.example"],
)
def test_a_path_of_this_site_is_gone_to(path: str) -> None:
    assert local_path(path, "/other") == path


@pytest.mark.parametrize(
    "path",
    ["", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "javascript:alert(1)",
     "/market\r\nSet-Cookie: a=b", "/\t/evil.example", " /market", "market", None, "/" + "a" * 3000],
)  # fmt: skip
def test_nothing_else_is(path: str | None) -> None:
    assert local_path(path, "/other") == "/other"


@given(st.text())
def test_whatever_is_said_the_next_page_is_one_of_ours(text: str) -> None:
    path = local_path(text)
    assert path.startswith("/")
    assert httpx.URL("http://arena.example").join(path).host == "arena.example"


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.1234, "12.3 %"), (-0.5, "−50.0 %"), (None, "–"), (0, "0.0 %"), (12.5, "1,250.0 %")],
)
def test_per_cents_are_written_one_way(value: float | None, words: str) -> None:
    assert percent(value) == words


def test_a_change_shows_its_sign_in_words_and_class() -> None:
    assert signed_percent(0.01) == "+1.0 %"
    assert signed_percent(-0.00001) == "0.0 %"  # no sign where there is nothing to see
    assert 'class="rise"' in change(0.01)
    assert 'class="fall"' in change(-0.01)
    assert 'class="level"' in change(0)


@given(st.integers(-(10**12), 10**12))
def test_money_is_written_to_the_cent(cents: int) -> None:
    text = money(Money(cents)).replace("−", "-").replace("$", "").replace(",", "")
    whole, _, rest = text.lstrip("-").partition(".")
    assert (int(whole) * 100 + int(rest or 0)) * (-1 if text.startswith("-") else 1) == cents


def test_code_in_words_is_marked_and_nothing_else_is() -> None:
    assert ticks("send `a<b>` & go") == "send <code>a&lt;b&gt;</code> &amp; go"
    assert ticks("one ` alone") == "one  alone"


async def test_a_form_from_another_site_is_refused(reader: Reader) -> None:
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = await reader.client.post(
            "/sign-out", data={"once": ids.fresh("once")}, headers=headers
        )
        assert answer.status_code == 403
        assert "another site" in answer.text


@pytest.mark.parametrize(
    ("origin", "taken"),
    [("http://evil.example", False), ("null", False), ("", False), ("own", True)],
)
async def test_where_a_browser_tells_no_site_its_origin_must_be_ours(
    house: House, origin: str, taken: bool
) -> None:
    headers = {"Accept": "text/html"}
    if origin:
        headers["Origin"] = house.url if origin == "own" else origin
    async with httpx.AsyncClient(base_url=house.url, trust_env=False) as client:
        answer = await client.post("/sign-out", headers=headers)
    assert (answer.status_code != 403) is taken


async def test_a_form_without_its_token_is_answered_with_what_to_do(reader: Reader) -> None:
    await reader.sign_in()
    answer = await reader.client.post("/account", data={"name": "x"})
    if answer.status_code == 405:  # the address of the form may be another one
        answer = await reader.client.post("/account/name", data={"name": "x"})
    assert answer.status_code == 422
    assert "Go back, reload the page" in answer.text


async def test_browsers_get_errors_as_pages_and_programs_as_problems(reader: Reader) -> None:
    page = await reader.get("/no/such/page")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "There is no such page" in page.text
    problem = await reader.get("/no/such/page", headers={"Accept": "application/json"})
    assert problem.status_code == 404
    assert problem.json()["code"] == "not_found"


async def test_who_has_a_page_already_is_told_so_in_304(reader: Reader) -> None:
    first = await reader.get("/how")
    assert first.headers["cache-control"].startswith("public")
    again = await reader.get("/how", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    await reader.sign_in()
    mine = await reader.get("/how")
    assert mine.headers["cache-control"].startswith("private")
    assert mine.headers["etag"] != first.headers["etag"]


async def test_pages_are_compressed_for_whoever_takes_it(reader: Reader) -> None:
    packed = await reader.get("/how")
    assert packed.headers["content-encoding"] == "gzip"
    plain = await reader.get("/how", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == packed.text


async def test_every_page_comes_with_strict_headers(reader: Reader) -> None:
    for path in ("/", "/market", "/sign-in", "/no/such/page"):
        headers = (await reader.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"]


async def test_crawlers_find_what_is_public(reader: Reader) -> None:
    robots = (await reader.get("/robots.txt")).text
    assert "Disallow: /subscriptions" in robots
    assert f"Sitemap: {reader.house.url}/sitemap.xml" in robots
    sitemap = (await reader.get("/sitemap.xml")).text
    assert sitemap.count("/listings/lst_") >= 4
    icon = await reader.get("/icon.svg")
    assert icon.headers["content-type"] == "image/svg+xml"
