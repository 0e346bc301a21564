"""OCO and cancel-replace on Binance's wire."""

from collections.abc import Mapping
from typing import Any

from arena.kit.clock import to_ms
from arena.trading.venues.dialects.binance.schema.numbers import Malformed, moment, whole
from arena.trading.venues.dialects.binance.schema.orders import (
    parse_order,
    render_answer,
    render_cancel,
    request_parameters,
)
from arena.trading.venues.model import OrderList, OrderListRequest, OrderRequest

NOT_ASKED = ("symbol", "side", "quantity", "newClientOrderId", "selfTradePreventionMode")


def list_parameters(request: OrderListRequest, wire: str) -> dict[str, str]:
    """What `POST orderList/oco` is asked with: each leg's own parameters by its place, the common ones once."""
    above = request_parameters(request.above, wire)
    parameters = {name: above[name] for name in ("symbol", "side", "quantity")}
    parameters["selfTradePreventionMode"] = above["selfTradePreventionMode"]
    parameters["listClientOrderId"] = request.client_order_id
    for place, leg in (("above", above), ("below", request_parameters(request.below, wire))):
        parameters[f"{place}ClientOrderId"] = leg["newClientOrderId"]
        for name, text in leg.items():
            if name not in NOT_ASKED:
                parameters[place + name[0].upper() + name[1:]] = text
    return parameters


def render_list(order_list: OrderList, wire: str) -> dict[str, Any]:
    """What is shown of a list that is asked about."""
    status = "ALL_DONE" if order_list.done else "EXECUTING"
    return {
        "orderListId": order_list.number,
        "contingencyType": "OCO",
        "listStatusType": "ALL_DONE" if order_list.done else "EXEC_STARTED",
        "listOrderStatus": status,
        "listClientOrderId": order_list.client_order_id,
        "transactionTime": to_ms(order_list.placed_at),
        "symbol": wire,
        "orders": [
            {
                "symbol": wire,
                "orderId": order.number,
                "clientOrderId": order.request.client_order_id,
            }
            for order in order_list.orders
        ],
    }


def render_placed_list(order_list: OrderList, wire: str) -> dict[str, Any]:
    """What `POST orderList/oco` answers."""
    reports = [render_answer(order, wire, "RESULT") for order in order_list.orders]
    return {**render_list(order_list, wire), "orderReports": reports}


def render_cancelled_list(order_list: OrderList, wire: str) -> dict[str, Any]:
    """What cancelling a list, or one of its orders, answers."""
    reports = [render_cancel(order, wire) for order in order_list.orders]
    return {**render_list(order_list, wire), "orderReports": reports}


def parse_list(data: Any, symbol: str, account_id: str) -> OrderList:
    """An answer that has `orderReports`. Raises Malformed."""
    try:
        first, second = (parse_order(one, symbol, account_id) for one in data["orderReports"])
        return OrderList(
            number=whole(data["orderListId"]),
            client_order_id=str(data["listClientOrderId"]),
            symbol=symbol,
            placed_at=moment(data["transactionTime"]),
            done=data["listOrderStatus"] == "ALL_DONE",
            orders=(first, second),
        )
    except (KeyError, TypeError) as broken:
        raise Malformed(f"orderList: {type(broken).__name__} {broken}") from broken


def replace_parameters(
    cancel: Mapping[str, str], request: OrderRequest, wire: str, *, stop_on_failure: bool
) -> dict[str, str]:
    """What `POST order/cancelReplace` is asked with; `cancel` has cancelOrderId or cancelOrigClientOrderId."""
    mode = "STOP_ON_FAILURE" if stop_on_failure else "ALLOW_FAILURE"
    return {**request_parameters(request, wire), "cancelReplaceMode": mode, **cancel}
