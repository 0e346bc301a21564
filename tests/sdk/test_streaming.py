"""The stream's state without its socket: once, in sequence, back from where it was, closed with a word."""

import json

import pytest

from sigma_sdk.problem import (
    ArenaProblem,
    ArenaUnreachable,
    EntitlementEnded,
    SequenceGap,
    StreamEnded,
)
from sigma_sdk.streaming import Reconnect, Subscription


def message(sequence: int) -> str:
    return json.dumps(
        {"type": "signal", "feed": "fd_1", "sequence": sequence, "id": f"sig_{sequence}",
         "signal": {"feed": "fd_1", "id": f"sig_{sequence}", "target_weight": "1"}, "hash": "0" * 64,
         "signature": "", "salt": "00", "log_index": sequence, "received_at": "2021-01-01T00:00:00.000Z"}
    )  # fmt: skip


def at(after: int | None = 0) -> Subscription:
    return Subscription("fd_1", "http://127.0.0.1:8000", after)


def sequences(subscription: Subscription, *messages: str) -> list[int]:
    return [signal.sequence for each in messages for signal in subscription.received(each)]


def test_each_signal_comes_once_and_in_sequence() -> None:
    assert sequences(at(), message(1), message(2), message(2), message(1), message(3)) == [1, 2, 3]


def test_it_comes_back_after_the_last_signal_it_gave() -> None:
    subscription = at(4)
    assert subscription.path == "/stream?model_id=fd_1&after=4"
    sequences(subscription, message(5), message(6))
    subscription.lost(1006, "")
    assert subscription.path == "/stream?model_id=fd_1&after=6"


def test_from_now_on_means_no_sequence_until_the_first_signal() -> None:
    subscription = at(None)
    assert subscription.path == "/stream?model_id=fd_1"
    assert sequences(subscription, message(9), message(10)) == [9, 10]


def test_a_missing_signal_is_asked_for_once_and_then_told() -> None:
    subscription = at()
    sequences(subscription, message(1))
    with pytest.raises(Reconnect):
        subscription.received(message(3))
    assert subscription.path.endswith("after=1")
    with pytest.raises(SequenceGap, match="3 where 2 was due"):
        subscription.received(message(3))


def test_a_gap_that_heals_is_forgotten() -> None:
    subscription = at()
    sequences(subscription, message(1))
    with pytest.raises(Reconnect):
        subscription.received(message(3))
    assert sequences(subscription, message(2), message(3)) == [2, 3]
    with pytest.raises(Reconnect):
        subscription.received(message(5))


def test_the_end_of_the_entitlement_is_a_clear_exception() -> None:
    with pytest.raises(EntitlementEnded, match="canceled") as caught:
        at().lost(4403, "canceled")
    assert caught.value.code == 4403


@pytest.mark.parametrize("code", [4400, 4401, 4404, 4429])
def test_what_would_be_refused_again_is_not_tried_again(code: int) -> None:
    with pytest.raises(StreamEnded):
        at().lost(code, "no")


def test_pauses_grow_and_patience_ends() -> None:
    subscription = at()
    pauses = [subscription.lost(1006, "") for _ in range(6)]
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0]
    subscription.patience_s = 10
    with pytest.raises(ArenaUnreachable):
        subscription.lost(1006, "")


def test_a_message_ends_the_absence() -> None:
    subscription = at()
    for _ in range(5):
        subscription.lost(1001, "restart")
    subscription.received('{"type":"hello","heartbeat_s":5}')
    assert subscription.silence_max_s == 15
    assert subscription.lost(1001, "restart") == 0.25


def test_other_messages_bring_nothing() -> None:
    assert sequences(at(), '{"type":"caught_up"}', '{"type":"heartbeat","at":"x"}') == []


def test_a_digest_brings_a_day_at_once() -> None:
    items = [json.loads(message(n)) for n in (1, 2)]
    digest = json.dumps({"type": "digest", "feed": "fd_1", "day": "2021-01-01", "data": items})
    assert sequences(at(), digest, digest) == [1, 2]


def test_a_refusal_told_on_the_stream_is_raised_in_the_arenas_words() -> None:
    subscription = at()
    said = {
        "type": "error",
        "code": "payment_required",
        "status": 402,
        "detail": "Pay.",
        "listing_id": "lst_1",
    }
    assert sequences(subscription, json.dumps(said)) == []
    with pytest.raises(ArenaProblem, match="Pay") as caught:
        subscription.lost(4403, "payment_required: Pay.")
    assert (caught.value.status, caught.value.facts) == (402, {"listing_id": "lst_1"})
