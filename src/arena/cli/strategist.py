"""`arena strategist`: language models that trade by signals: hire, watch, inform, replay, dismiss."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from arena.cli.database import in_transaction
from arena.cli.trouble import Trouble
from arena.kit.clock import iso_ms, wall_today
from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.people import identity
from arena.signals.strategists import language_model
from arena.signals.strategists.language_model import Configuration, Decision, Place

app = typer.Typer(no_args_is_help=True, help="Language models that publish signals.")
console = Console()
_DEFAULT = Configuration("claude-haiku-5-5", *language_model.prices().of("claude-haiku-5-5"))


@app.command("add-language-model")
def add_language_model(
    instrument: Annotated[str, typer.Argument(help="What it trades, as BTC-USD")],
    name: Annotated[str | None, typer.Option(help="Name of its collective and feed")] = None,
    owner: Annotated[
        str | None, typer.Option(help="E-mail of the person who answers for it")
    ] = None,
    model: Annotated[str, typer.Option(help="Model of the Messages API")] = _DEFAULT.model,
    effort: Annotated[str, typer.Option(help="low, medium, high, xhigh, max; empty: its own")] = "",
    temperature_pct: Annotated[
        int, typer.Option(help="Temperature in percent, for models that know it")
    ] = -1,
    weight_max: Annotated[int, typer.Option(help="Largest weight, in percent")] = 100,
    every_bars: Annotated[int, typer.Option(help="Decide at every n-th bar")] = 1,
    bars: Annotated[int, typer.Option(help="Bars it may read")] = _DEFAULT.bars_max,
    timeout_s: Annotated[
        int, typer.Option(help="Seconds a decision may take")
    ] = _DEFAULT.timeout_s,
    answer_tokens: Annotated[
        int, typer.Option(help="Longest answer, thinking included")
    ] = _DEFAULT.answer_tokens_max,
    decision_tokens: Annotated[
        int, typer.Option(help="Tokens a decision may take")
    ] = _DEFAULT.decision_tokens_max,
    decision_cents: Annotated[
        int, typer.Option(help="US cents a decision may cost")
    ] = _DEFAULT.decision_cents_max,
    day_tokens: Annotated[
        int, typer.Option(help="Tokens a day (UTC) may take")
    ] = _DEFAULT.day_tokens_max,
    day_cents: Annotated[
        int, typer.Option(help="US cents a day (UTC) may cost")
    ] = _DEFAULT.day_cents_max,
    input_cents: Annotated[
        int | None, typer.Option(help="US cents for a million tokens read; unset: as known here")
    ] = None,
    output_cents: Annotated[
        int | None, typer.Option(help="US cents for a million tokens written; unset: as known here")
    ] = None,
) -> None:
    """Open a feed that a language model works for, from the next bar on. It costs money: see the budget options."""
    settings = Settings()
    prices = _prices(settings, model, input_cents, output_cents)
    configuration = replace(
        _DEFAULT, model=model, effort=effort, temperature_pct=temperature_pct, weight_max_pct=weight_max,
        every_bars=every_bars, bars_max=bars, timeout_s=timeout_s, answer_tokens_max=answer_tokens,
        decision_tokens_max=decision_tokens, decision_cents_max=decision_cents, day_tokens_max=day_tokens,
        day_cents_max=day_cents, input_cents=prices[0], output_cents=prices[1],
    )  # fmt: skip

    async def act(tx: Tx) -> None:
        place = Place(
            name or f"Language Model {instrument}", instrument, await _owner(tx, owner)
        )  # fmt: skip
        checked = Configuration.of(configuration.as_dict())
        feed = await language_model.employ(tx, settings, place, checked)
        console.print(f"{feed.id}  {feed.name}: {model}, at most {day_cents} US cents a day")
        if settings.language_model_key is None:
            console.print(language_model.OFF)

    in_transaction(settings, act)


@app.command("show")
def show(
    feed: Annotated[str | None, typer.Argument(help="A feed: its last decisions")] = None,
    last: Annotated[int, typer.Option(help="How many decisions")] = 20,
) -> None:
    """Show the language models at work and what today has cost, or the last decisions of one and why."""
    settings = Settings()

    async def act(tx: Tx) -> None:
        if feed is None:
            await _show_all(tx, settings)
        else:
            _print_decisions(
                await language_model.decisions(tx, feed, limit=last, newest=True)
            )  # fmt: skip

    in_transaction(settings, act)


@app.command("tell")
def tell(
    words: Annotated[str | None, typer.Argument(help="What happened")] = None,
    source: Annotated[str, typer.Option(help="Who says so")] = "operator",
    file: Annotated[
        Path | None, typer.Option(help='Lines of JSON instead: {"source": …, "words": …}')
    ] = None,
) -> None:
    """Tell the language models news. They read it as data from the next decision on."""
    news = _lines(file) if file else [(source, words or "")]

    async def act(tx: Tx) -> None:
        console.print(f"told {await language_model.tell(tx, news)}")

    in_transaction(Settings(), act)


@app.command("replay")
def replay(feed: Annotated[str, typer.Argument(help="Feed of a language model")]) -> None:
    """Replay a feed's decisions from the answers that were kept, without the model; exits 1 where one does not hold."""
    faulty = False

    async def act(tx: Tx) -> None:
        nonlocal faulty
        found = await language_model.replay(tx, feed)
        for one in found:
            for fault in one.faults:
                faulty = True
                console.print(f"{iso_ms(one.decision.closed_at)}  {fault}", highlight=False)
        answered = sum(one.weight is not None for one in found)
        console.print(
            f"{len(found)} decisions, {answered} from answers: "
            + ("not all hold" if faulty else "all hold")
        )

    in_transaction(Settings(), act)
    if faulty:
        raise typer.Exit(1)


@app.command("dismiss")
def dismiss(feed: Annotated[str, typer.Argument(help="Feed of a language model")]) -> None:
    """Close the feed of a language model: it is asked no more, its record stays."""

    async def act(tx: Tx) -> None:
        closed = await language_model.dismiss(tx, feed)
        console.print(f"{closed.name} is closed")

    in_transaction(Settings(), act)


def _prices(
    settings: Settings, model: str, input_cents: int | None, output_cents: int | None
) -> tuple[int, int]:
    """Those that were said, and for the rest those of the table. Raises NoPriceKnown, BadPrices."""
    if input_cents is not None and output_cents is not None:
        return input_cents, output_cents
    known = language_model.prices(settings).of(model)
    return (
        known[0] if input_cents is None else input_cents,
        known[1] if output_cents is None else output_cents,
    )


async def _show_all(tx: Tx, settings: Settings) -> None:
    today = wall_today()
    table = Table("feed", "name", "model", "today", "last decision", "why")
    for one in await language_model.hired(tx):
        day = await language_model.seen_spent(tx, today, one.feed_id)
        last = await language_model.decisions(tx, one.feed_id, limit=1, newest=True)
        cents = (
            f"{language_model.cents_up(day.microcents)} of {one.configuration.day_cents_max} cents"
        )
        table.add_row(
            one.feed_id, one.name, one.configuration.model, f"{day.tokens} tokens, {cents}",
            last[0].outcome if last else "none yet", _why(last[0]) if last else "",
        )  # fmt: skip
    console.print(table)
    if settings.language_model_key is None:
        console.print(language_model.OFF)


def _print_decisions(made: list[Decision]) -> None:
    table = Table("bar closed", "outcome", "weight", "confidence", "tokens", "why")
    for one in made:
        table.add_row(
            iso_ms(one.closed_at), one.outcome, format(one.weight, "f"), format(one.confidence, "f"),
            str(one.spent.tokens), _why(one),
        )  # fmt: skip
    console.print(table)


def _why(one: Decision) -> str:
    return ": ".join(part for part in (one.reason, one.detail or one.rationale) if part)


def _lines(file: Path) -> list[tuple[str, str]]:
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                stated = json.loads(line)
                found.append((str(stated["source"]), str(stated["words"])))
            except (ValueError, KeyError, TypeError) as wrong:
                raise Trouble(
                    f'{file}:{number} is not {{"source": …, "words": …}} ({wrong})'
                ) from wrong
    return found


async def _owner(tx: Tx, email: str | None) -> str | None:
    if email is None:
        return None
    found = await identity.person_by_email(tx, email)
    if found is None:
        raise Trouble(f"nobody has signed up as {email}: `sigma signup` or POST /people first")
    return found[0].id
