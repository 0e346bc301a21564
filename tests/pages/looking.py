"""Looking at a page in a real browser: it is silent in the console, axe finds nothing, it fits, and is kept as a
picture in light, dark and on a phone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Page

from tests.stories.house import House

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = Path(__file__).parent / "shots"
LOOKS: dict[str, tuple[Literal["light", "dark"], int]] = {
    "light": ("light", 1280),
    "dark": ("dark", 1280),
    "phone": ("light", 360),
}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@asynccontextmanager
async def page_of(
    browser: Browser, *, look: str = "light", cookies: Sequence[Any] = (), scripts: bool = True
) -> AsyncIterator[Page]:
    """A page in a context of its own. On leaving, it must have been silent: no error, no warning."""
    scheme, width = LOOKS[look]
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts,
        locale="en-GB", timezone_id="UTC", reduced_motion="reduce", bypass_csp=False,
    )  # fmt: skip
    await context.add_cookies(list(cookies))
    page = await context.new_page()
    said: list[str] = []
    page.on(
        "console",
        lambda message: said.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        yield page
    finally:
        await context.close()
    # A refused form is answered 4xx on purpose, which Chromium notes as an error.
    assert [words for words in said if "Failed to load resource" not in words] == []


async def look_at(
    browser: Browser, house: House, path: str, name: str, *, cookies: Sequence[Any] = ()
) -> None:
    """In each look: a heading, nothing said in the console, nothing found by axe, no sideways scroll, a picture.

    The page is loaded once and looked at three times: a browser's renderer costs more than a page does.
    """
    async with page_of(browser, cookies=cookies) as page:
        await page.goto(house.url + path, wait_until="load")
        for look, (scheme, width) in LOOKS.items():
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await page.set_viewport_size({"width": width, "height": 900})
            await check_page(page, f"{name}-{look}")


async def check_page(page: Page, shot: str, *, ignore: Sequence[str] = ()) -> None:
    """Of a page that is open: headings, width, axe; and its picture as tests/pages/shots/{shot}.png."""
    SHOTS.mkdir(exist_ok=True)
    await page.wait_for_load_state()  # what it was waited for may stand before the rest is read
    await page.wait_for_timeout(150)  # islands upgrade what is there
    await page.screenshot(path=SHOTS / f"{shot}.png", full_page=True)
    assert await page.locator("h1").count() == 1, f"{shot}: one h1 a page"
    assert (await page.title()).strip(), f"{shot}: a title"
    width = page.viewport_size["width"] if page.viewport_size else 0
    scroll = await page.evaluate("document.documentElement.scrollWidth")
    assert scroll <= width, f"{shot}: scrolls sideways, {scroll} in {width}"
    found = await axe(page)
    assert not [line for line in found if not any(rule in line for rule in ignore)], "\n".join(
        found
    )


async def axe(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and its best practices, a line each."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    result = await page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        TAGS,
    )
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
