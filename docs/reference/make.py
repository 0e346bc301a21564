"""Writes the reference pages from the code, so that they cannot drift: `make reference`.

With a folder as argument the pages are written there instead (the tests compare them so).
"""

import dataclasses
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import arena
from arena import reactions
from arena.app import build_app
from arena.kit.errors import ArenaError
from arena.kit.settings import Settings
from arena.money.ledger import CHART, POSTINGS
from arena.signals.lab.indicators import CATALOGUE

HERE = Path(__file__).parent


def pages() -> dict[str, str]:
    """File name -> content of every generated page."""
    for module in pkgutil.walk_packages(arena.__path__, "arena."):
        importlib.import_module(module.name)
    document = openapi()
    return {
        "README.md": _index(),
        "openapi.json": json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
        "routes.md": _routes(document),
        "settings.md": _settings(),
        "errors.md": _errors(),
        "facts.md": _facts(),
        "commands.md": _commands(),
        "indicators.md": _indicators(),
        "ledger.md": _ledger(),
    }


class _Unasked:
    """Stands where the database would: routes are made, and none is called."""


def openapi() -> dict[str, Any]:
    """The OpenAPI document; it needs the routes only, no open arena."""
    settings = Settings(seed="reference")
    parts = SimpleNamespace(
        settings=settings,
        db=_Unasked(),
        floor=None,
        bus=SimpleNamespace(listen=lambda *_: None),
        meter=None,
    )
    return build_app(parts).openapi()  # type: ignore[arg-type]  # routes are made without being called


def _index() -> str:
    return """# Reference
Written by hand, because they are promises:

- [record.md](record.md): the rules by which fills, positions and equity follow from signals and prices
- [lineage.md](lineage.md): the four documents a model is made of, their schemas, and the register of trials
- [paper-exchange.md](paper-exchange.md): the rules by which orders of collectives meet the market
- [portfolio.md](portfolio.md): how positions, profit and loss, lots and fees follow from fills
- [risk.md](risk.md): what an account may do, in which order an order is looked at, and what happens when losses grow
- [subscriptions.md](subscriptions.md): the life of a subscription: renewals, retries, changes, prices, trials, coupons
- [invoices.md](invoices.md): invoices and credit notes, their numbers, tax, and how what is owed is collected
- [binance-dialect.md](binance-dialect.md): the exchange for programs that speak Binance Spot, and where it differs
- [leaderboard.md](leaderboard.md): how accounts are ranked and compared, and what a season is
- [callers.md](callers.md): how people and collectives prove who they are, and what every call carries
- [log.md](log.md): the transparency log, how it is read and what it proves
- [engines.md](engines.md): the Lab's back-tests beside two engines of others, and what each difference is worth

Generated from the code by `make reference`:

- [routes.md](routes.md): every route, what it does and what it demands
- [settings.md](settings.md): every setting with unit, bounds and default
- [errors.md](errors.md): every error code, its status and what it says
- [facts.md](facts.md): every fact and what follows from it
- [commands.md](commands.md): the `arena` command
- [indicators.md](indicators.md): every indicator of the Lab, its parameters, formula and source
- [ledger.md](ledger.md): the chart of accounts, every kind of journal, and what PostgreSQL enforces
- [openapi.json](openapi.json): the OpenAPI document
"""


def _ledger() -> str:
    accounts = "".join(
        f"| `{_plain_shape(rule.pattern.pattern)}` | {'debit' if rule.normal > 0 else 'credit'} |"
        f" {'yes' if rule.no_overdraft else ''} | {rule.about} |\n"
        for rule in CHART
    )
    kinds = "".join(
        f"| `{kind.value}` | {posting.about} | {_codes(posting.debits)} | {_codes(posting.credits)} |\n"
        for kind, posting in POSTINGS.items()
    )
    return LEDGER.format(accounts=accounts, kinds=kinds)


def _plain_shape(pattern: str) -> str:
    for shape, words in (
        (r"[a-z]+_[0-9a-z]+", "{id}"),
        ("[a-z]{2}", "{country}"),
        ("[a-z]+", "{name}"),
    ):
        pattern = pattern.replace(shape, words)
    return pattern


def _codes(shapes: Sequence[str]) -> str:
    return ", ".join(f"`{shape}`" for shape in shapes)


LEDGER = """# The ledger
Money is whole minor units (cents). Debits are positive, credits negative; every journal sums to zero, has one currency,
is posted once under its key, and is never changed. A correction is another journal.

## Accounts
| account | grows by | never overdrawn | what it is |
|---|---|---|---|
{accounts}
`{{id}}` is a person or a collective, `{{name}}` a gateway, `{{country}}` two letters.

## Kinds of journals
| kind | what happened | debits | credits |
|---|---|---|---|
{kinds}
`{{any}}`: every account of the chart.

## Money set aside
A journal is `posted` at once, or `pending`: then nothing has moved, but what it would debit is not free any more. A
pending one is resolved once, by a `post` that moves it or a `void` that releases it; both have its legs.

## What PostgreSQL enforces, whoever asks
- A journal has at least two legs, none of nothing, all in the currency of their accounts, and they sum to zero.
- Its entries and the counters of its accounts are written by the statement that posts it, and by nothing else.
- Entries, journals and heads are never changed, taken away or truncated; nobody touches counters or deletes accounts.
- A key is used once; a pending journal is resolved once, by one that mirrors it.
- An account that must not be overdrawn is not, what is set aside counted.

The application works as the role `arena_app`, which owns none of these tables: it cannot switch a trigger off. On the
embedded server it logs in as that role. On a server of your own it logs in by `ARENA_DATABASE_APPLICATION_URL`; where
that is not set, as the owner who made the schema, and takes the role then, which holds against every mistake but not
against code that says `reset role`. Where the owner may not make roles, it works as the owner, and the log says so when
the schema is made.

## Heads
Once a day of the product's time all entries since the last head are hashed onto it, and the head goes into the
[transparency log](log.md) as `ledger_head/v1` with `number`, `entry_max`, `entries`, `sha`, `debits` and `at`.
`GET /ledger/heads` computes the newest again and says which still hold.
"""


def _routes(document: dict[str, Any]) -> str:
    lines = ["# Routes", "", "| route | what it does | who may |", "|---|---|---|"]
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            words = (operation.get("description") or operation.get("summary") or "").strip()
            demand = operation.get("x-who-may", "the entitled")
            lines.append(f"| `{method.upper()} {path}` | {_line(words)} | {_line(demand)} |")
    lines.append(
        "| `WS /stream` | The signals of one or more feeds as they are published. | the entitled |"
    )
    return "\n".join(lines) + "\n"


def _settings() -> str:
    lines = ["# Settings", "", "Environment variables; all optional.", "",
             "| variable | default | what it sets |", "|---|---|---|"]  # fmt: skip
    for name, field in Settings.model_fields.items():
        bounds = ", ".join(str(m) for m in field.metadata)
        words = (field.description or "") + (f" ({bounds})" if bounds else "")
        lines.append(f"| `ARENA_{name.upper()}` | `{field.default}` | {_line(words)} |")
    return "\n".join(lines) + "\n"


def _errors() -> str:
    kinds = [
        (kind.code(), _line(kind.__doc__ or ""), kind.status) for kind in _descendants(ArenaError)
    ]
    lines = ["# Errors", "", "`application/problem+json` (RFC 9457), one `code` each.", "",
             "| code | status | message |", "|---|---|---|"]  # fmt: skip
    lines += [f"| `{code}` | {status} | {words} |" for code, words, status in sorted(set(kinds))]
    return "\n".join(lines) + "\n"


def _facts() -> str:
    post = SimpleNamespace(settings=Settings(seed="reference"))
    table = reactions.table(None, post)  # type: ignore[arg-type]  # never called
    lines = ["# Facts", "", "| fact | fields | what follows |", "|---|---|---|"]
    for name, kind in sorted(table.kinds.items()):
        fields = ", ".join(field.name for field in dataclasses.fields(kind))
        follows = ", ".join(f"`{handler}`" for handler in table.names_for(kind))
        lines.append(f"| `{name}`: {_line(kind.__doc__ or '')} | {fields} | {follows} |")
    return "\n".join(lines) + "\n"


def _commands() -> str:
    import typer.main

    from arena.cli.main import app

    command = typer.main.get_command(app)
    lines = ["# Commands", "", "| command | what it does |", "|---|---|"]
    for path, found in sorted(_leaves("arena", command)):
        lines.append(f"| `{path}` | {_line(found.help or '')} |")
    return "\n".join(lines) + "\n"


def _indicators() -> str:
    lines = [_INDICATORS_HEAD]
    for spec in CATALOGUE.values():
        defaults = spec.defaults()
        parameters = ", ".join(
            f"`{name}` {allowed.default} ({allowed.low} to {allowed.high} {allowed.unit})"
            for name, allowed in spec.parameters.items()
        )
        lines += [
            f"## {spec.title}", f"`{spec.name}`: {spec.about}", "",
            f"- Parameters: {parameters or 'none'}",
            f"- Outputs: {', '.join(f'`{output}`' for output in spec.outputs)}",
            f"- Formula: {spec.formula}.",
            f"- Source: {spec.source}.",
            f"- With these parameters and bars of an hour: first value at bar {spec.warm_up(defaults) + 1}, memory"
            f" {spec.memory(defaults, 3600)} bars.", "",
        ]  # fmt: skip
    return "\n".join(lines)


_INDICATORS_HEAD = """# Indicators
What a model may compute from prices: `arena.signals.lab.indicators`. A model gives each indicator it reads a name of
its own:

```json
{
  "version": "2",
  "indicators": [
    {"as": "fast", "name": "simple_average", "parameters": {"bars": 20}, "output": ""},
    {"as": "lower", "name": "bollinger_bands", "parameters": {"band_pct": 200, "bars": 20}, "output": "lower"}
  ]
}
```

This is its indicator set, sorted by `as`; the SHA-256 of its canonical form is part of the lineage. An empty `output`
is the first one listed below. Every parameter is given, as a whole number within its range; percent are multiples in
hundredths.

- **Causal.** The value at a bar rests on that bar and earlier ones. Bars count as they come: one that is missing is
  not filled in, and a return across a gap is one return.
- **First value.** Before it there is none (NaN); from then on every bar has one, of all outputs at once. What would
  divide by zero has a value by definition, said with the formula.
- **Memory.** Computed from that many last bars the value is that of the whole history within 1e-9. Windows forget all
  else; their sums are kept in twice the precision of a double, so that sums of prices are exact. Recursive averages
  forget by a constant factor a bar: after their memory what was before weighs less than 1e-15, which is enough unless
  the market moves a million times less than it did then.
- **Checked** against TA-Lib to 1e-9 where it has the indicator, and against the formulas in plain Python. TA-Lib
  differs in four ways: it begins the fast average of the MACD later; it begins directional movement with n - 1 values
  where Wilder has n (both agree once that is forgotten); it calls the RSI and the stochastic oscillator 0 where
  nothing moved, here they are 50; and its on-balance volume counts from the first bar there is.
"""


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    for name, child in getattr(command, "commands", {}).items():
        if hasattr(child, "commands"):
            yield from _leaves(f"{path} {name}", child)
        else:
            yield f"{path} {name}", child


def _descendants(kind: type[ArenaError]) -> list[type[ArenaError]]:
    """Those of the product; a test run knows others beside them."""
    found = [below for child in kind.__subclasses__() for below in (child, *_descendants(child))]
    return [kind for kind in found if kind.__module__.startswith("arena.")]


def _line(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for file, content in pages().items():
        (target / file).write_text(content, encoding="utf-8")
