"""Requests, retries, pages and ETags, as plans carried out by hand: no network, no clock."""

from typing import Any

import pytest

from sigma_sdk.etags import EtagCache
from sigma_sdk.exchange import (
    ATTEMPTS_MAX,
    Answer,
    Lost,
    Outcome,
    Pause,
    Plan,
    Request,
    Send,
    change,
    deliver,
    fetch,
    query_of,
)
from sigma_sdk.problem import ArenaProblem, ArenaUnreachable


class Played:
    """Carries out a plan against answers prepared in their order."""

    def __init__(self, *answers: Outcome) -> None:
        self.answers = list(answers)
        self.sent: list[Request] = []
        self.pauses: list[float] = []

    def run(self, plan: Plan[Any]) -> Any:
        outcome: Outcome = None
        while True:
            try:
                step = plan.send(outcome)
            except StopIteration as done:
                return done.value
            if isinstance(step, Pause):
                self.pauses.append(step.seconds)
                outcome = None
            else:
                assert isinstance(step, Send)
                self.sent.append(step.request)
                outcome = self.answers.pop(0)


def answer(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    return Answer(status, {k.replace("_", "-"): v for k, v in headers.items()}, body)


LOST = Lost(ArenaUnreachable("http://127.0.0.1:8000", "reset"))


def test_an_intent_keeps_its_idempotency_key_across_lost_lines_and_busy_answers() -> None:
    played = Played(LOST, answer(503), answer(429, retry_after="7"), answer(201, b'{"id":"x"}'))
    assert played.run(change("POST", "/orders", {"a": 1})) == {"id": "x"}
    assert len({request.idempotency_key for request in played.sent}) == 1
    assert played.sent[0].idempotency_key
    assert played.pauses == [0.25, 0.5, 7.0]


def test_two_intents_have_two_keys() -> None:
    played = Played(answer(201), answer(201))
    played.run(change("POST", "/orders"))
    played.run(change("POST", "/orders"))
    assert played.sent[0].idempotency_key != played.sent[1].idempotency_key


def test_a_change_without_a_key_is_not_repeated_when_the_line_breaks() -> None:
    played = Played(LOST)
    with pytest.raises(ArenaUnreachable, match="make run"):
        played.run(deliver(Request("POST", "/orders")))
    assert len(played.sent) == 1


def test_patience_ends_after_the_last_attempt() -> None:
    played = Played(*[LOST] * ATTEMPTS_MAX)
    with pytest.raises(ArenaUnreachable):
        played.run(fetch("/time"))
    assert len(played.pauses) == ATTEMPTS_MAX - 1


def test_a_refusal_is_raised_at_once_with_everything_the_arena_said() -> None:
    body = (
        b'{"type":"/docs/problems#card_declined","title":"Payment required","status":402,'
        b'"detail":"Declined.","code":"card_declined","request_id":"req_1","tier":"pro"}'
    )
    played = Played(answer(402, body))
    with pytest.raises(ArenaProblem) as caught:
        played.run(change("POST", "/market/subscribe", {}))
    problem = caught.value
    assert (problem.status, problem.code, problem.title) == (
        402,
        "card_declined",
        "Payment required",
    )
    assert (problem.detail, problem.request_id, problem.facts) == ("Declined.", "req_1", {"tier": "pro"})  # fmt: skip


def test_an_answer_that_is_no_problem_document_still_gives_a_problem() -> None:
    with pytest.raises(ArenaProblem, match="bad gateway"):
        Played(answer(502, b"<h1>bad gateway</h1>")).run(fetch("/time"))


def test_a_call_that_still_runs_elsewhere_is_waited_for() -> None:
    running = answer(409, b'{"code":"call_still_running"}', retry_after="1")
    played = Played(running, answer(200, b"[]"))
    assert played.run(change("POST", "/signals", {})) == []
    assert played.pauses == [1.0]


def test_another_conflict_is_not_repeated() -> None:
    played = Played(answer(409, b'{"code":"already_subscribed"}'))
    with pytest.raises(ArenaProblem, match="already_subscribed"):
        played.run(change("POST", "/market/subscribe", {}))


def test_queries_leave_out_what_is_not_set_and_spell_reserved_names() -> None:
    query = query_of({"symbol": "BTC-USD", "from_": "a b", "limit": None, "open": True})
    assert Request("GET", "/x", query).target == "/x?symbol=BTC-USD&from=a+b&open=true"


def test_a_page_seen_before_costs_a_304() -> None:
    cache = EtagCache(size_max=2)
    played = Played(answer(200, b'{"n":1}', etag='"a"'), answer(304))
    request = Request("GET", "/signals", (("model_id", "fd_1"),))
    assert played.run(cache.fetch(request)).json() == {"n": 1}
    assert played.run(cache.fetch(request)).json() == {"n": 1}
    assert played.sent[1].headers["If-None-Match"] == '"a"'
    assert cache.hits == 1
