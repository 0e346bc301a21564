"""The arithmetic of performance fees: known scripts to the cent, and what holds for any script."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.money.performance_fees.books import fee_of, gain, read, read_all, settle
from arena.money.performance_fees.model import (
    POLICIES,
    Books,
    Exit,
    Policy,
    Reading,
    Terms,
    TermsRefused,
)
from tests.conftest import START

# A step of a script: ("grow", per cent), ("flow", dollars), or "close" for the end of a period.
Step = tuple[str, int] | str
CLOSE = "close"


class Script:
    """Plays steps on accounts whose equity is kept in cents, as an account would be."""

    def __init__(self, policy: Policy, rate_bps: int = 2_000) -> None:
        self.terms = Terms(policy=policy, rate_bps=rate_bps)
        self.books, self.at, self.fees = Books(), START, list[int]()
        self.equity: dict[str, int] = {}
        self.marks: list[int] = []

    def play(self, steps: Sequence[Step], account: str = "acc_1") -> "Script":
        for step in steps:
            held = self.equity.get(account, 0)
            self.at += timedelta(hours=1)
            if isinstance(step, str):
                self.close()
            elif step[0] == "grow":
                self.equity[account] = held + held * step[1] // 100
                self._read(account, self.equity[account], 0)
            else:
                flow = max(step[1] * 100, -held)
                self._read(account, held, flow)
                self.equity[account] = held + flow
        return self

    def close(self) -> int:
        done = settle(self.books, self.terms)
        self.books = done.books
        self.marks.append(done.books.mark)
        self.fees.append(done.fee)
        return done.fee

    def _read(self, account: str, equity: int, flow: int) -> None:
        self.books = read(self.books, Reading(account, self.at, equity, flow), self.terms)


TABLE: list[tuple[list[Step], dict[Policy, list[int]]]] = [
    (
        [("flow", 10_000), ("grow", 20), ("flow", 10_000), ("grow", 10), CLOSE],
        {"lots": [840], "loss_carry": [840], "cumulative_profit": [840]},
    ),
    (
        [("flow", 10_000), ("grow", -20), ("flow", 10_000), ("grow", 10), CLOSE],
        {"lots": [200], "loss_carry": [0], "cumulative_profit": [0]},
    ),
    (
        [("flow", 10_000), ("grow", 20), ("flow", -6_000), ("grow", 10), CLOSE],
        {"lots": [520], "loss_carry": [520], "cumulative_profit": [520]},
    ),
    # Cumulative profit does not forget the half of the loss that was taken out.
    (
        [("flow", 10_000), ("grow", -20), ("flow", -4_000), ("grow", 30), CLOSE],
        {"lots": [40], "loss_carry": [40], "cumulative_profit": [0]},
    ),
    (
        [("flow", 10_000), ("grow", 20), CLOSE, ("grow", -10), CLOSE, ("grow", 15), CLOSE],
        {"lots": [400, 0, 84], "loss_carry": [400, 0, 84], "cumulative_profit": [400, 0, 84]},
    ),
]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("row", range(len(TABLE)))
def test_known_scripts_cost_what_they_should(row: int, policy: Policy) -> None:
    steps, expected = TABLE[row]
    assert [fee // 100 for fee in Script(policy).play(steps).fees] == expected[policy]


@pytest.mark.parametrize("policy", POLICIES)
def test_what_a_withdrawal_took_out_at_a_gain_is_held_and_due_when_the_period_ends_as_high(
    policy: Policy,
) -> None:
    script = Script(policy).play([("flow", 20_000), ("grow", 20), ("flow", -24_000)])
    assert fee_of(gain(script.books, policy), 2_000) == 80_000
    assert script.close() == 80_000
    assert script.close() == 0


@pytest.mark.parametrize("policy", POLICIES)
def test_what_was_held_is_returned_as_far_as_the_period_ends_lower(policy: Policy) -> None:
    script = Script(policy).play([("flow", 20_000), ("grow", 20), ("flow", -12_000), ("grow", -20)])
    # 12,000 left at the exit became 9,600: nothing was gained by what stayed, nor by what left at that price.
    assert script.close() == (0 if policy != "cumulative_profit" else 32_000)
    whole = Script(policy).play([("flow", 20_000), ("grow", 20), ("flow", -12_000), ("grow", -50)])
    assert whole.close() == 0


def test_a_loss_follows_the_creator_from_feed_to_feed() -> None:
    script = Script("cumulative_profit")
    script.play([("flow", 20_000), ("grow", -20), CLOSE, ("flow", -16_000)], "acc_old")
    script.play([("flow", 20_000), ("grow", 20), CLOSE], "acc_new")
    assert script.fees == [0, 0]
    script.play([("grow", 10), CLOSE], "acc_new")
    assert script.fees[-1] == 48_000


def test_money_that_was_there_before_the_first_deposit_is_no_gain() -> None:
    for policy in POLICIES:
        books = read(Books(), Reading("acc_1", START, 1_500_000, 500_000), Terms(policy=policy))
        assert gain(books, policy) == 0


def test_an_account_that_lost_everything_owes_nothing_until_it_has_it_back() -> None:
    for policy in POLICIES:
        script = Script(policy).play([("flow", 20_000), ("grow", -100)])
        script.books = read(script.books, Reading("acc_1", script.at, 1_900_000), script.terms)
        assert script.close() == 0
        script.books = read(script.books, Reading("acc_1", script.at, 2_100_000), script.terms)
        assert script.close() == 20_000


def test_below_the_minimum_by_losses_goes_on_and_by_withdrawal_is_warned_and_then_stopped() -> None:
    losing = Script("cumulative_profit").play([("flow", 10_000), ("grow", -20), CLOSE, CLOSE])
    assert not losing.books.warned
    terms = Terms()
    books = read_all(
        Books(),
        [Reading("a", START, 0, 1_200_000), Reading("a", START, 1_300_000, -500_000)],
        terms,
    )
    first = settle(books, terms)
    assert (first.outcome, first.fee) == ("warned", 20_000)
    risen = read(first.books, Reading("a", START, 900_000), terms)
    second = settle(risen, terms)
    assert (second.outcome, second.fee) == ("stopped", 20_000)
    refilled = read(first.books, Reading("a", START, 800_000, 300_000), terms)
    assert settle(refilled, terms).outcome == "nothing"
    first_edition = settle(risen, replace(terms, rules=1))
    assert (first_edition.outcome, first_edition.fee) == ("stopped", 0), "as its period was agreed"


@pytest.mark.parametrize("policy", POLICIES)
def test_withdrawing_at_the_right_moments_makes_no_period_free(policy: Policy) -> None:
    """All but a little is out as a period closes, comes back, earns, and is out again as the next one closes."""
    script = Script(policy).play([("flow", 1_000_000), ("flow", -991_000), CLOSE])
    assert script.books.warned
    script.play([("flow", 991_000)])
    assert not script.books.warned, "money that comes back ends the warning at once"
    script.play([("grow", 30), ("flow", -1_291_000), CLOSE])
    assert [fee // 100 for fee in script.fees] == [0, 60_000]
    script.play([("grow", 0), CLOSE])
    assert script.fees[-1] == 0, "and it is due once"


EXIT = Exit(START, 2_400_000, {"acc_r": 1_000_000, "acc_s": 500_000})


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("end", "fee"),
    [
        ({"acc_r": 1_000_000, "acc_s": 500_000}, 80_000),
        ({"acc_r": 1_500_000, "acc_s": 900_000}, 80_000),  # it never rises
        (
            {"acc_r": 1_500_000, "acc_s": 250_000},
            80_000,
        ),  # in equal parts: what the one lost the other gained
        ({"acc_r": 900_000, "acc_s": 450_000}, 32_000),  # 24,000 would be 21,600
        ({"acc_r": 800_000, "acc_s": 400_000}, 0),
        ({"acc_r": 0, "acc_s": -5}, 0),
    ],
)
def test_what_is_held_after_an_exit_falls_as_what_was_followed_falls(
    policy: Policy, end: dict[str, int], fee: int
) -> None:
    script = Script(policy).play([("flow", 20_000), ("grow", 20), ("flow", -24_000)])
    done = settle(script.books, script.terms, replace(EXIT, end=end))
    assert (done.fee, done.outcome) == (fee, "due" if fee else "nothing")
    assert done.books == settle(script.books, script.terms).books, "marks are as they would be"
    assert settle(script.books, script.terms, Exit(START, 2_400_000)).fee == 80_000


steps = st.one_of(
    st.tuples(st.just("grow"), st.integers(-60, 80)),
    st.tuples(st.just("flow"), st.integers(-15_000, 15_000).filter(bool)),
    st.just(CLOSE),
)
scripts = st.lists(steps, max_size=14).map(lambda s: [("flow", 20_000), *s, CLOSE])
each_policy = st.sampled_from(POLICIES)


@given(scripts, each_policy)
def test_a_fee_is_never_negative_and_marks_never_fall(steps: list[Step], policy: Policy) -> None:
    script = Script(policy).play(steps)
    assert min(script.fees) >= 0
    assert script.marks == sorted(script.marks)


@given(scripts)
def test_a_mark_of_a_lot_never_falls_when_a_period_closes(steps: list[Step]) -> None:
    script = Script("lots").play(steps[:-1])
    before = sum(lot.mark for book in script.books.accounts.values() for lot in book.lots)
    after = settle(script.books, script.terms).books
    assert sum(lot.mark for book in after.accounts.values() for lot in book.lots) >= before
    for book in after.accounts.values():
        assert all(lot.mark >= lot.value >= 0 for lot in book.lots)
        assert sum(lot.value for lot in book.lots) == book.base


@given(scripts, each_policy)
def test_closing_twice_costs_nothing_the_second_time(steps: list[Step], policy: Policy) -> None:
    assert Script(policy).play([*steps, CLOSE]).fees[-1] == 0


@given(scripts)
def test_one_mark_for_all_money_never_costs_more_than_lots(steps: list[Step]) -> None:
    """Over one period; rounding of a share of a mark is a micro-dollar, far below the cent."""
    once = [step for step in steps if step != CLOSE]
    lots, carry = Script("lots").play(once), Script("loss_carry").play(once)
    assert carry.close() <= lots.close() + 1


@given(scripts)
def test_without_later_deposits_lots_and_one_mark_cost_the_same(steps: list[Step]) -> None:
    fixed = [
        s for n, s in enumerate(steps) if not n or isinstance(s, str) or s[0] == "grow" or s[1] < 0
    ]
    assert Script("lots").play(fixed).fees == Script("loss_carry").play(fixed).fees


@given(scripts, each_policy, st.lists(st.integers(0, 3_000_000), max_size=5))
def test_reading_more_often_between_flows_changes_nothing(
    steps: list[Step], policy: Policy, between: list[int]
) -> None:
    """Whatever the equity was meanwhile: a fee follows from where it stands at flows and closes."""
    plain, often = Script(policy).play(steps[:-1]), Script(policy).play(steps[:-1])
    for equity in [*between, often.equity["acc_1"]]:
        often.books = read(often.books, Reading("acc_1", often.at, equity), often.terms)
    assert plain.close() == often.close()


@given(scripts, each_policy, st.integers(1, 100_000))
def test_money_that_comes_and_goes_at_the_same_price_changes_at_most_rounding(
    steps: list[Step], policy: Policy, cents: int
) -> None:
    plain, moved = Script(policy).play(steps[:-1]), Script(policy).play(steps[:-1])
    held = moved.equity["acc_1"]
    for reading in (
        Reading("acc_1", START, held, cents),
        Reading("acc_1", START, held + cents, -cents),
    ):
        moved.books = read(moved.books, reading, moved.terms)
    # `lots` and `loss_carry` take the share of every lot with it, which keeps gains but for a micro-dollar a lot;
    # a lot under water beside one above it gives and takes by its share, so that what is due may only fall.
    assert moved.close() <= plain.close() + 1
    if policy == "cumulative_profit":
        assert moved.fees == plain.fees


@given(scripts, each_policy, st.integers(0, 2_000))
def test_a_lower_rate_never_costs_more(steps: list[Step], policy: Policy, rate_bps: int) -> None:
    lower, higher = Script(policy, rate_bps).play(steps), Script(policy, 2_000).play(steps)
    assert all(a <= b for a, b in zip(lower.fees, higher.fees, strict=True))


@given(scripts, each_policy, st.lists(st.integers(-100, 3_000_000), min_size=2, max_size=2))
def test_what_an_exit_is_measured_by_only_ever_lowers_a_fee(
    steps: list[Step], policy: Policy, worths: list[int]
) -> None:
    script = Script(policy).play([*steps[:-1], ("flow", -10_000_000)])
    measured = replace(EXIT, end=dict(zip(EXIT.start, worths, strict=True)))
    plain, after = settle(script.books, script.terms), settle(script.books, script.terms, measured)
    assert 0 <= after.fee <= plain.fee
    assert after.books == plain.books
    assert settle(after.books, script.terms).fee == 0


@given(scripts, each_policy)
def test_the_new_edition_of_the_rules_never_lowers_a_mark_the_old_one_had(
    steps: list[Step], policy: Policy
) -> None:
    new, old = Script(policy), Script(policy)
    old.terms = replace(old.terms, rules=1)
    assert new.play(steps).marks == old.play(steps).marks


@given(scripts, scripts)
def test_fees_with_a_creator_never_pass_the_rate_of_all_profit_with_him(
    first: list[Step], second: list[Step]
) -> None:
    """Cross-feed relaunch: whatever was earned and lost on which feed, only the highest sum of it is charged."""
    script = Script("cumulative_profit").play(first, "acc_a")
    script.play([("flow", -10_000_000)], "acc_a").play(second, "acc_b")
    highest = max(0, *script.marks)
    assert sum(script.fees) <= fee_of(highest, 2_000)


def test_terms_refuse_what_cannot_be() -> None:
    for change in (
        {"rate_bps": 5_001},
        {"minimum": 999_999},
        {"policy": "naive"},
        {"period": "day"},
    ):
        with pytest.raises(TermsRefused):
            replace(Terms(), **change)  # type: ignore[arg-type]  # what a caller may send
