"""`arena lab send` and `publish`: a card is kept by an arena, and becomes a listing with its checklist."""

import asyncio
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from arena.cli.lab_feed import Card, Feed, Instrument, feed_for, keep, read_card
from arena.cli.lab_line import Arena, Json, Key, Line, Refusal, open_line
from arena.cli.trouble import Trouble

console = Console(highlight=False, soft_wrap=True)
LOOK_EVERY_S, CHECK_EVERY_S = 3.0, 10.0  # a check computes the whole record again
_WHY = {
    "different": "the arena came to other figures",
    "no_data": "the arena does not have its candles (an operator puts them into ARENA_DATA)",
    "failed": "the arena could not compute it",
}
_NEXT = {
    "feed_open": "open another: arena lab publish {card} without --feed",
    "burn_in_days": "grows while the model runs: arena lab run {card} --arena {origin} --key {key}",
    "burn_in_fills": "grows while the model runs, by its trades",
    "trials": "arena lab send {card} --arena {origin} --key {key}",
    "card_lineage": "publish the card of the feed's lineage, or give the feed this one: --feed {feed}",
    "disclosures": "say it in the study's words and make the card again, or at {origin}/studio/{listing}/edit",
    "identity": "register the collective as a person: sigma signup --creator, sigma register",
}
Wait = Annotated[
    bool,
    typer.Option("--wait", help="Until the arena has computed the card again, or says why not."),
]
Prices = Annotated[
    list[str] | None,
    typer.Option(
        "--price",
        metavar="TIER=DOLLARS",
        help="A month, as pro=99; of a new listing. Else 29, 99 and 499.",
    ),
]
_LIMITS = "Of equity, in percent; else as the card's policy and back-test suggest."


def send(card: Card, arena: Arena, key: Key, wait: Wait = False) -> None:
    """Send a card to an arena, which keeps it for good and computes it again where it can."""
    read = read_card(card)

    async def act() -> bool:
        async with open_line(arena, key) as line:
            kept = await keep(line, read)
            _show_kept(line, kept)
            return not wait or await _reproduced(line, kept)

    if not asyncio.run(act()):
        raise typer.Exit(1)


def publish(
    card: Card,
    arena: Arena,
    key: Key,
    feed: Feed = None,
    instrument: Instrument = "",
    price: Prices = None,
    drawdown_max: Annotated[int | None, typer.Option(min=1, max=100, help=f"Deepest fall. {_LIMITS}")] = None,
    weight_max: Annotated[int | None, typer.Option(min=1, max=100, help=f"Largest target. {_LIMITS}")] = None,
    volatility_max: Annotated[
        int | None,
        typer.Option(min=100, max=1000, help="Drift: volatility, in percent of the back-test's; else 200."),
    ] = None,
    shortfall_max: Annotated[
        int | None,
        typer.Option(min=1, max=10, help="Drift: standard errors below the back-test's mean; else 3."),
    ] = None,
    hand_in: Annotated[
        bool, typer.Option("--submit/--draft", help="Hand it in for review once all gates are passed.")
    ] = True,
    watch: Annotated[bool, typer.Option("--watch", help="Until it is listed or turned down.")] = False,
) -> None:  # fmt: skip
    """Publish a card to the market: the feed, the listing with its thresholds, the checklist, and the submission.

    The same again changes nothing and shows where it stands."""
    read = read_card(card)
    thresholds = {
        "drawdown_max_pct": drawdown_max, "weight_max_pct": weight_max,
        "volatility_max_pct": volatility_max, "shortfall_errors_max": shortfall_max,
    }  # fmt: skip
    asked: Json = {"thresholds": {name: value for name, value in thresholds.items() if value}}
    if price:
        asked["tiers"] = _tiers(price)

    async def act() -> None:
        async with open_line(arena, key) as line:
            _show_kept(line, await keep(line, read))
            own = await feed_for(line, read, feed_id=feed, instrument=instrument)
            console.print(f"feed     {own['id']}  {own['name']}, {own['last_sequence']} signals")
            body = {"card": (await keep(line, read))["sha"], "feed_id": own["id"], **asked}
            listing = await line.post("/market/cards", body)
            console.print(
                f"listing  {line.origin}/studio/{listing['id']}  {listing['title']}, version {listing['version']}"
            )
            _show_thresholds(listing)
            told = _Told(
                line, listing["id"], {"card": card, "feed": own["id"], "key": key}, hand_in=hand_in
            )
            while not await told.step(listing["status"]) and watch:
                await asyncio.sleep(CHECK_EVERY_S)
                listing = await line.get(f"/market/listings/{listing['id']}")

    asyncio.run(act())


class _Told:
    """Shows where a listing stands whenever that has changed, and hands it in when it may be."""

    def __init__(self, line: Line, listing_id: str, words: Json, *, hand_in: bool) -> None:
        self._line = line
        self._id = listing_id
        self._words = {**words, "origin": line.origin, "listing": listing_id}
        self._hand_in = hand_in
        self._shown: object = None
        self._submitted = False

    async def step(self, status: str) -> bool:
        """Whether there is nothing more to wait for."""
        where = f"{self._line.origin}/studio/{self._id}"
        if status == "draft":
            if self._submitted:
                raise Trouble(f"a moderator turned it down: the reason stands at {where}")
            return await self._draft()
        if status == "submitted":
            self._submitted = True
            self._say(
                "handed in: a moderator reads it now (for operators: sigma review, sigma approve)"
            )
            return False
        if status == "delisted":
            raise Trouble(f"it is off the market for good; why stands at {where}")
        self._say(f"[green]{status}[/]: {self._line.origin}/listings/{self._id}")
        return True

    async def _draft(self) -> bool:
        try:
            found = await self._line.get(f"/market/listings/{self._id}/gates")
        except Refusal as refused:
            if refused.code != "checks_busy":
                raise
            return False
        gates = found["gates"]
        passed = [gate["passed"] for gate in gates]
        if self._shown != passed:
            self._shown = passed
            self._show(gates)
        elif missing := " ".join(gate["detail"] for gate in gates if not gate["passed"]):
            console.print(f"  {escape(missing)}", style="dim")
        if not found["passed"]:
            return False
        if not self._hand_in:
            console.print(
                "all gates are passed; hand it in: the same command without --draft, or in the studio"
            )
            return True
        await self._line.post(f"/market/listings/{self._id}/submit", {})
        return await self.step("submitted")

    def _show(self, gates: list[Json]) -> None:
        missing = [gate for gate in gates if not gate["passed"]]
        console.print(f"checklist: {len(gates) - len(missing)} of {len(gates)} gates passed")
        for gate in gates:
            sign = "[green]✓[/]" if gate["passed"] else "[red]✗[/]"
            console.print(f"  {sign} {gate['name']:<14} {escape(gate['detail'])}")
            if not gate["passed"] and gate["name"] in _NEXT:
                console.print(f"    {'':<14} → {_NEXT[gate['name']].format(**self._words)}")

    def _say(self, words: str) -> None:
        if self._shown != words:
            self._shown = words
            console.print(words)


async def _reproduced(line: Line, kept: Json) -> bool:
    """Whether the arena came to the same card, or cannot be expected to; waits while it has not tried."""
    if kept.get("code", "built_in") not in ("built_in", "kept"):
        console.print(
            "a model of your own, whose code the arena has not: the card stays self-reported"
        )
        return True
    with console.status("the arena computes it again …"):
        while kept["label"] != "reproduced" and not kept["reproductions"]:
            await asyncio.sleep(LOOK_EVERY_S)
            kept = await line.get(f"/lab/cards/{kept['sha']}/standing")
    if kept["label"] == "reproduced":
        console.print("[green]reproduced[/]: every figure is the same at the arena")
        return True
    last = kept["reproductions"][-1]
    console.print(f"[red]not reproduced[/]: {_WHY[last['outcome']]}")
    for difference in last["differences"][:10]:
        console.print(f"  {escape(difference)}")
    return str(last["outcome"]) == "no_data"


def _show_kept(line: Line, kept: Json) -> None:
    vouched = "reproduced by the arena" if kept["label"] == "reproduced" else "self-reported so far"
    console.print(f"card     {line.origin}/cards/{kept['sha']}")
    console.print(f"         {vouched}; entry {kept['log_index']} of the transparency log")


def _show_thresholds(listing: Json) -> None:
    held: Any = listing.get("thresholds")
    if held:
        said = ", ".join(
            f"{name.removesuffix('_pct').replace('_', ' ')} {value}{' %' if name.endswith('_pct') else ''}"
            for name, value in held.items()
            if value is not None
        )
        console.print(f"         holds itself to: {said}")


def _tiers(prices: list[str]) -> Json:
    tiers = {}
    for each in prices:
        name, _, dollars = each.partition("=")
        if name not in ("basic", "pro", "enterprise") or not dollars.isdigit():
            raise Trouble(
                f"--price {each} is not TIER=DOLLARS with basic, pro or enterprise, as pro=99"
            )
        tiers[name] = {"amount": int(dollars) * 100}
    return tiers
