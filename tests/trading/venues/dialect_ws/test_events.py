"""Events of accounts look like those of the exchange, and are read back as what they were."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from arena.trading.venues import (
    Balance,
    Fill,
    OrderList,
    OrderRequest,
    UserEvent,
    VenueOrder,
)
from arena.trading.venues.dialects.binance.events import balances_of, messages, order_of

AT = datetime(2026, 3, 2, 13, 49, 0, 67000, tzinfo=UTC)
REQUEST = OrderRequest(
    "bM9WrFJeamQQhcCgpLuakC", "ACHUSDT", "buy", "limit", quantity=Decimal(800),
    limit_price=Decimal("0.00658"),
)  # fmt: skip
ORDER = VenueOrder("ord_1", "acc_1", 1281722417, REQUEST, "accepted", AT, AT, working_at=AT)
FILL = Fill(
    "fill_1", "ord_1", "acc_1", 1, "ACHUSDT", "buy", Decimal(800), Decimal("0.00656"),
    Decimal("0.00000632"), "BNB", "taker", {"update": 7}, AT, 65044226,
)  # fmt: skip
FILLED = replace(
    ORDER, status="filled", filled_quantity=Decimal(800), filled_quote=Decimal("5.248"),
    fills=(FILL,),
)  # fmt: skip


def told(event: UserEvent) -> list[dict[str, Any]]:
    return list(messages(event, lambda symbol: symbol.replace("-", "")))


def of_order(order: VenueOrder, *, kind: str = "order", number: int = 5) -> dict[str, Any]:
    [message] = told(UserEvent(number, "acc_1", kind, AT, order=order))  # type: ignore[arg-type]  # one of its words
    return message


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> dict[str, dict[str, Any]]:
    """Real events of live orders, by what happened."""
    found = {}
    for path in sorted((shared_data / "messages" / "binance" / "user-data").iterdir()):
        for line in path.read_text().splitlines():
            event = json.loads(line)["event"]
            found[event["x"]] = event
    return found


def test_a_new_order_is_told_to_the_letter_as_it_was_recorded(
    recorded: dict[str, dict[str, Any]],
) -> None:
    ours = of_order(
        replace(ORDER, request=replace(REQUEST, time_in_force="fok")), number=2115979497
    )
    real = dict(recorded["NEW"])
    assert ours.pop("arena") == {"event": 2115979497, "order": "ord_1"}
    assert list(ours) == list(real)
    for name in set(real) - {"E", "T", "O", "W", "s", "c", "q", "p", "i"}:
        assert ours[name] == real[name], name


def test_a_fill_is_told_to_the_letter_as_it_was_recorded(
    recorded: dict[str, dict[str, Any]],
) -> None:
    ours = of_order(FILLED, kind="fill", number=2623837867)
    real = dict(recorded["TRADE"])
    assert ours.pop("arena")["evidence"] == {"update": 7}
    for name in set(real) - {"E", "T", "O", "W"}:
        assert ours[name] == real[name], name


def test_an_order_that_expired_is_told_as_it_was_recorded(
    recorded: dict[str, dict[str, Any]],
) -> None:
    ours = of_order(replace(ORDER, status="expired", reason="fill_or_kill"))
    real = recorded["EXPIRED"]
    assert (ours["x"], ours["X"], ours["r"], ours["C"], ours["w"]) == (
        real["x"], real["X"], real["r"], real["C"], real["w"],
    )  # fmt: skip
    assert {name: type(value) for name, value in ours.items() if name != "arena"} == {
        name: type(value) for name, value in real.items()
    }


def test_of_a_canceled_order_big_c_is_its_own_id_and_small_c_that_of_the_cancel() -> None:
    named = of_order(replace(ORDER, status="canceled", cancel_id="web_cancel"))
    assert (named["x"], named["c"], named["C"]) == (
        "CANCELED",
        "web_cancel",
        "bM9WrFJeamQQhcCgpLuakC",
    )
    nameless = of_order(replace(ORDER, status="canceled"))
    assert nameless["c"] not in ("", None, "bM9WrFJeamQQhcCgpLuakC")
    assert nameless["C"] == "bM9WrFJeamQQhcCgpLuakC"


@pytest.mark.parametrize(
    "status",
    ["pending", "accepted", "partially_filled", "filled", "canceled", "expired", "expired_in_match",
     "rejected", "unknown"],
)  # fmt: skip
def test_big_c_is_text_whatever_happens(status: Any) -> None:
    assert isinstance(of_order(replace(ORDER, status=status))["C"], str)


def test_an_order_that_would_have_met_its_own_is_told_as_trade_prevention() -> None:
    ours = of_order(replace(ORDER, status="expired_in_match", filled_quantity=Decimal(300)))
    assert (ours["x"], ours["X"], ours["A"]) == (
        "TRADE_PREVENTION", "EXPIRED_IN_MATCH", "500.00000000",
    )  # fmt: skip


def test_a_trailing_stop_says_by_how_much() -> None:
    trailing = replace(
        REQUEST, type="stop_loss_limit", trailing_bps=250, stop_price=Decimal("0.006")
    )
    ours = of_order(replace(ORDER, request=trailing, working=False, working_at=None))
    assert (ours["o"], ours["d"], ours["P"], ours["w"]) == (
        "STOP_LOSS_LIMIT",
        250,
        "0.00600000",
        False,
    )
    assert "W" not in ours


def test_balances_are_never_shown_larger_than_they_are() -> None:
    event = UserEvent(
        3, "acc_1", "balances", AT,
        balances={"BTC": Balance(Decimal("0.123456789"), Decimal("0.5")), "USDT": Balance()},
    )  # fmt: skip
    [position] = told(event)
    assert position["B"] == [
        {"a": "BTC", "f": "0.12345678", "l": "0.50000000"},
        {"a": "USDT", "f": "0.00000000", "l": "0.00000000"},
    ]
    assert balances_of(position)["BTC"] == Balance(Decimal("0.12345678"), Decimal("0.5"))


def test_money_that_comes_in_is_told_before_the_balance_it_makes() -> None:
    event = UserEvent(
        4, "acc_1", "balances", AT, balances={"USDT": Balance(Decimal(90))},
        changes={"USDT": Decimal(-10)},
    )  # fmt: skip
    update, position = told(event)
    assert (update["e"], update["a"], update["d"]) == ("balanceUpdate", "USDT", "-10.00000000")
    assert position["e"] == "outboundAccountPosition"
    assert update["arena"] == position["arena"] == {"event": 4}


def test_a_list_says_when_it_begins_and_when_all_is_done() -> None:
    legs = (ORDER, replace(ORDER, number=8, request=replace(REQUEST, client_order_id="below")))
    listed = OrderList(2, "both", "BTC-USD", AT, done=False, orders=legs)
    [began] = told(UserEvent(6, "acc_1", "list", AT, order_list=listed))
    [done] = told(UserEvent(7, "acc_1", "list", AT, order_list=replace(listed, done=True)))
    assert (began["s"], began["g"], began["c"], began["l"], began["L"], began["C"]) == (
        "BTCUSD", 2, "OCO", "EXEC_STARTED", "EXECUTING", "both",
    )  # fmt: skip
    assert (done["l"], done["L"]) == ("ALL_DONE", "ALL_DONE")
    assert [leg["c"] for leg in began["O"]] == ["bM9WrFJeamQQhcCgpLuakC", "below"]


def lives() -> Iterator[VenueOrder]:
    yield ORDER
    yield FILLED
    yield replace(ORDER, status="canceled", cancel_id="web_cancel", working=False)
    yield replace(ORDER, status="expired", working=False)
    yield replace(
        ORDER, request=OrderRequest("m", "ACHUSDT", "sell", "market", quote_quantity=Decimal(9)),
        working=False, list_number=4,
    )  # fmt: skip


@pytest.mark.parametrize("order", list(lives()))
def test_what_is_told_is_read_back_as_it_was(order: VenueOrder) -> None:
    kind = "fill" if order.fills else "order"
    read = order_of(of_order(order, kind=kind), "ACHUSDT", "acc_1")
    fills = tuple(
        replace(fill, id="ACHUSDT:65044226", order_id=str(order.number), number=0)
        for fill in order.fills
    )
    assert read == replace(
        order, id=str(order.number), fills=fills, working=read.working, reason=None
    )


def test_recorded_events_are_read(recorded: dict[str, dict[str, Any]]) -> None:
    order = order_of(recorded["TRADE"], "ACHUSDT", "acc_1")
    assert order.status == "filled"
    assert order.request.quantity == order.filled_quantity == Decimal(800)
    [fill] = order.fills
    assert (fill.price, fill.fee, fill.fee_asset) == (
        Decimal("0.00656"), Decimal("0.00000632"), "BNB",
    )  # fmt: skip
    assert fill.at - order.placed_at == timedelta(0)
