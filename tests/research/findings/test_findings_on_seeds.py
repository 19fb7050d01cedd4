"""Findings about one kind of data, each on a table in which it holds and on one in which it does not."""

import numpy as np
import pytest

from .hand_made import judged, rows


def pair(name, batch, initial, counts, random, **others):
    return [
        row
        for strategy, value in {"random": random, **others}.items()
        for row in rows(name, strategy, batch, initial, counts, value)
    ]


def two_digits(margin):
    return pair("threes-and-fives [kind=image]", 5, 10, range(10, 151, 5), lambda n: 0.5 + n / 400, margin=margin)


def test_t1_reads_the_savings_factor_where_random_has_a_hundred_labels():
    # Random reaches 0.75 at 100; a margin that gains three times as much a label is there after 100 ÷ 3.
    found = judged("T1", two_digits(lambda n: 0.5 + 3 * n / 400))
    assert found.to_dict()["figure"] == pytest.approx(3.0)
    assert found.state == "reproduced" and found.seeds == 4
    assert judged("T1", two_digits(lambda n: 0.5 + 1.5 * n / 400)).state == "not reproduced"
    never = judged("T1", two_digits(lambda n: 0.6))
    assert never.to_dict()["figure"] is None and never.state == "not reproduced"


COUNTS = (10, 60, 110, 160, 210, 260)


def ten_classes(at_60, at_110, at_260, spread=0.01):
    """Three data sets on which margin gains so much, with seeds so far apart."""
    gains = {10: 0.0, 60: at_60, 110: at_110, 160: at_110, 210: at_260, 260: at_260}
    made = []
    for name in ("digits", "optdigits", "penbased"):
        for strategy, share in (("random", 0.0), ("margin", 1.0)):
            heights = {n: 0.5 + n / 1_000 + share * gains[n] for n in COUNTS}
            made += [
                row | {"value": heights[row["labels"]] + spread * (row["seed"] % 2)}
                for row in rows(name, strategy, 50, 10, COUNTS, 0.0, seeds=range(20))
            ]
    return made


def test_t2_wants_nothing_at_first_and_more_and_more_later():
    found = judged("T2", ten_classes(0.0, 0.024, 0.032))
    assert found.state == "reproduced"
    assert found.to_dict()["figure"] == pytest.approx(0.024)
    assert [part.figure for part in found.parts[1:4]] == pytest.approx([0.0, 0.032, 0.008])
    # Ten of twenty seeds lie a point above the others.
    sd = np.std([0.0, 0.01] * 10, ddof=1)
    assert found.parts[4].figure == pytest.approx(sd) and found.parts[4].unit == "spread"


@pytest.mark.parametrize(
    ("gains", "missed"),
    [
        ((-0.03, 0.024, 0.032), "at 60 labels"),
        ((0.0, 0.0, 0.032), "at 110 labels, above 0"),
        ((0.0, 0.024, 0.020), "what 260 labels add"),
    ],
)
def test_t2_names_what_is_missed(gains, missed):
    found = judged("T2", ten_classes(*gains))
    assert found.state == "not reproduced" and missed in found.reason


def test_t16_counts_threes_with_the_wrong_sign():
    """Of five seeds one gains ten points and four lose two: the mean gain is 0.4, and a three is wrong without it."""
    counts, made = (10, 60, 110), []
    for name in ("digits", "optdigits", "penbased"):
        made += rows(name, "random", 50, 10, counts, 0.5, seeds=range(5))
        for row in rows(name, "margin", 50, 10, counts, 0.5, seeds=range(5)):
            at_60 = 0.10 if row["seed"] == 0 else -0.02
            gain = at_60 if row["labels"] == 60 else 0.02 + row["seed"] / 1_000
            made.append(row | {"value": row["value"] + gain})
    found = judged("T16", made)
    # Threes of five that leave out one given seed: C(4, 3) of C(5, 3), 40%.
    assert found.to_dict()["figure"] == pytest.approx(0.4, abs=0.03)
    assert found.parts[1].figure == 0.0 and found.parts[1].state == "reproduced"
    assert "at 110 labels: digits 2, optdigits 2, penbased 2" in found.reason


PLAIN = ("digits", "optdigits", "synthetic-balanced")
REDUNDANT = ("synthetic-redundant", "synthetic-redundant [duplicate_share=0.34]")


def by_batch(names, one, fifty):
    made = []
    for name in names:
        made += pair(name, 1, 20, range(20, 221), 0.7, margin=0.7 + one)
        made += pair(name, 50, 20, range(20, 221, 50), 0.7, margin=0.7 + fifty)
    return made


def test_t13_wants_a_loss_on_redundant_pools_alone():
    redundant = by_batch(REDUNDANT, 0.03, 0.0)
    assert judged("T13", by_batch(PLAIN, 0.03, 0.025), redundant).state == "reproduced"
    assert judged("T13", by_batch(PLAIN, 0.03, 0.0), redundant).state == "not reproduced"
    assert "Missing: margin on digits" in judged("T13", redundant).reason
