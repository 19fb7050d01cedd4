"""Agreement, errors, times and pace: small cases worked by hand, and what holds for any export."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.annotations import agreement
from planner.annotations.records import Export, Record
from planner.annotations.summary import mean_interval, range_value, summarise

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def answer(item, label, annotator="", seconds=None, at=None, by_model=False):
    return Record(item, {}, annotator, seconds, at, by_model, label=label)


def export(*answers):
    return Export(tuple(answers), {}, "label")


def by_plurality(monkeypatch):
    monkeypatch.setattr(agreement, "find_spec", lambda name: None)


def test_agreement_by_hand(monkeypatch):
    by_plurality(monkeypatch)
    votes = {
        "a": {"x": "1", "y": "1", "z": "1"},
        "b": {"x": "1", "y": "2", "z": "2"},
        "c": {"x": "1", "y": "2"},
        "d": {"x": "2"},
    }
    found, labels = agreement.measure_agreement(votes)
    # Same pairs: 1, 1/3 and 0, of three items.
    assert found.items == 3 and found.percent == pytest.approx(4 / 9)
    # D_o = 1 − (3·1 + 3·⅓ + 2·0) / 8 = 1/2; D_e = 1 − (5·4 + 3·2) / (8·7) = 15/28.
    assert found.alpha == pytest.approx(1 - (1 / 2) / (15 / 28))
    # Wrong: none of a, a third of b, and half of c, where either may be right.
    assert found.method == "plurality" and found.error.wrong == pytest.approx(1 / 3 + 1 / 2)
    assert {name: share.wrong for name, share in found.by_person.items()} == {"x": 1.5, "y": 0.5, "z": 0.0}
    assert found.divided == 1 and labels == {"a": "1", "b": "2", "d": "2"}


def test_alpha_of_the_published_example():
    # Krippendorff 2011, two observers and nominal data: ten items, D_o = 2·4/20 = 0.4, counts 14 and 6: alpha 0.095.
    first, second = "0100000010", "1110010000"
    votes = {str(i): {"A": a, "B": b} for i, (a, b) in enumerate(zip(first, second, strict=True))}
    assert agreement.krippendorff_alpha(votes) == pytest.approx(0.095, abs=5e-4)
    assert agreement.krippendorff_alpha({"a": {"x": "1", "y": "1"}}) is None


def made_up_votes(rates, items, seed):
    """Give answers of people who err at these rates, and of a third class at times."""
    rng = np.random.default_rng(seed)
    answers = []
    for i in range(items):
        right = int(rng.integers(3))
        for person, rate in rates.items():
            said = right if rng.random() > rate else (right + int(rng.integers(1, 3))) % 3
            answers.append(answer(f"i{i}", str(said), person))
    return answers


@pytest.mark.parametrize("method", ["Dawid-Skene", "plurality"])
def test_error_rates_that_are_known_are_found(monkeypatch, method):
    if method == "plurality":
        by_plurality(monkeypatch)
    else:
        pytest.importorskip("crowdkit")
    rates = {"a": 0.05, "b": 0.1, "c": 0.3}
    found = summarise(export(*made_up_votes(rates, 600, 1))).agreement
    assert found.method == method
    for person, rate in rates.items():
        assert found.by_person[person].rate == pytest.approx(rate, abs=0.05)
    assert found.error.rate == pytest.approx(0.15, abs=0.03)
    low, high = found.error.interval
    assert low < found.error.rate < high


def test_who_is_not_named_is_new_and_counted_by_plurality():
    found = summarise(export(answer("a", "x"), answer("a", "x"), answer("a", "y")))
    assert found.people == 0 and found.votes_per_item == {3: 1} and found.repeated == 0
    assert found.agreement.method == "plurality" and found.agreement.by_person == {}
    assert found.agreement.percent == pytest.approx(1 / 3)


def test_an_answer_given_anew_replaces_the_one_before():
    later = answer("a", "y", "ada", 4.0, MONDAY + timedelta(hours=1))
    found = summarise(export(later, answer("a", "x", "ada", 6.0, MONDAY), answer("b", "x", "ada")))
    assert found.repeated == 1 and found.labels == {"a": "y", "b": "x"}
    assert found.agreement is None and "vote_error_rate" not in found.quote_fields
    # Both took work.
    assert found.times.timed == 2 and found.times.mean_seconds[1] == 5


def test_spans_count_as_work_and_not_for_agreement():
    found = summarise(export(answer("a", None, "ada", 5.0), answer("a", None, "ben", 7.0)))
    assert (found.items, found.unclassed, found.agreement, found.votes_per_item) == (1, 2, None, {})
    # se = 1 of a mean of 6, t of 1 degree of freedom 3.0777: 6 · exp(± 0.513).
    assert found.quote_fields == {"seconds_per_vote": "3.59 to 10"}


def test_pauses_are_named_and_bounded_in_the_mean():
    times = [10.0] * 9 + [3600.0]
    found = summarise(export(*(answer(f"i{i}", "x", "ada", s) for i, s in enumerate(times)))).times
    assert (found.pauses, found.longest_seconds, found.spread_seconds[1]) == (1, 3600, 10)
    assert found.mean_seconds[1] == pytest.approx((9 * 10 + 100) / 10)


def test_means_carry_the_spread_between_people():
    values = np.array([10.0, 10.0, 20.0, 20.0])
    # People: sums of residuals −10 and 10, se = √(2 · 200) / 4 = 5, t of 1 degree of freedom 3.0777, mean 15.
    low, mean, high = mean_interval(values, ["a", "a", "b", "b"])
    assert (low, mean, high) == pytest.approx((15 / math.exp(3.0777 / 3), 15, 15 * math.exp(3.0777 / 3)), rel=1e-4)
    # Answers alone: se = √(100/3/4) = 2.887, t of 3 degrees of freedom 1.6377.
    assert mean_interval(values)[2] == pytest.approx(15 * math.exp(1.6377 * 2.8868 / 15), rel=1e-4)
    assert mean_interval(np.array([7.0])) == (7, 7, 7) and mean_interval(np.zeros(3)) == (0, 0, 0)


def test_items_are_finished_on_the_day_of_their_last_answer():
    days = {"a": (0, 0), "b": (0, 3), "c": (3, 3)}
    answers = [
        answer(item, "x", who, at=MONDAY + timedelta(days=day))
        for item, both in days.items()
        for who, day in zip("xy", both, strict=True)
    ]
    found = summarise(export(*answers, answer("d", "x"))).pace
    # One item on the first day, two on the fourth, none on the two between.
    assert (found.calendar_days, found.days_with_answers, found.undated) == (4, 2, 1)
    assert found.items_per_day[1] == pytest.approx(3 / 4)


def test_dates_without_a_time_of_day_give_no_gaps():
    midnight = MONDAY.replace(hour=0)
    answers = [answer(f"i{i}", "x", "ada", at=midnight + timedelta(days=i)) for i in range(3)]
    assert summarise(export(*answers)).times is None
    assert summarise(export(*(replace(a, at=a.at + timedelta(hours=9)) for a in answers))).times.from_gaps


def test_a_quotes_fields_are_ranges_or_one_number():
    assert range_value((10.94, 13.0, 15.61)) == "10.9 to 15.6"
    assert range_value((20.0, 20.0, 20.0)) == 20.0
    assert range_value((1234.0, 1500.0, 56789.0)) == "1230 to 56800"


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from("xyz"),
        st.sampled_from(["ada", "ben", "cleo"]),
        st.none() | st.floats(0, 1e4),
        st.none() | st.integers(0, 400),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda row: (row[0], row[2]),
)


@given(ANSWERS, st.randoms())
def test_the_order_of_records_makes_no_difference(rows, random):
    answers = [
        answer(item, label, who, seconds, None if hours is None else MONDAY + timedelta(hours=hours))
        for item, label, who, seconds, hours in rows
    ]
    shuffled = [*answers]
    random.shuffle(shuffled)
    one, other = (summarise(export(*given)) for given in (answers, shuffled))
    assert one.labels == other.labels
    assert close(one.to_dict(), other.to_dict())
    found = one.agreement
    if found is not None:
        assert 0 <= found.percent <= 1 and 0 <= found.error.rate <= 1
        assert found.alpha is None or -1 <= found.alpha <= 1


def close(one, other):
    """Say whether two results are the same but for the last digits of sums."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(close, one, other))
    return one == pytest.approx(other, rel=1e-6, abs=1e-9) if isinstance(one, float) else one == other
