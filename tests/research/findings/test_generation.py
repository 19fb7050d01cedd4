"""T14 on tables in which it holds, in which it does not, and in which something is missing."""

import numpy as np
import pytest

from research.findings import CHECKS
from research.findings.generation import METRIC

from .hand_made import curves, library, rows

NAME = "pronunciations [last=m] [initial_set=random]"
SEEDS = range(10)
WHICH = {"none": "", "overlapping": "pretrained=overlapping", "disjoint": "pretrained=disjoint"}


def named(*settings):
    given = [setting for setting in settings if setting]
    return f"seq2seq [{', '.join(given)}]" if given else "seq2seq"


def spoken(strategy, gain, which, **more):
    made = rows(NAME, strategy, 200, 100, (100, 300, 500), lambda n: 0.4 + n / 2_000 + gain, seeds=SEEDS, **more)
    return [row | {"learner": named(WHICH[which]), "metric": METRIC, "kind": "generation"} for row in made]


def split(which, order, start, rng):
    """Values at 100 labels whose parts have these standard deviations; one of 0.01 is the selection's."""
    made, selection = [], 0.01 * rng.standard_normal(len(SEEDS))
    orders, starts = (scale * rng.standard_normal((len(SEEDS), 3)) for scale in (order, start))
    for o in range(3):
        for i in range(2):
            learner = named(f"order_seed={o + 1}", WHICH[which], f"start_seed={i + 1}")
            for seed in SEEDS:
                value = 0.5 + selection[seed] + orders[seed, o] + starts[seed, i]
                made += rows(NAME, "random", 200, 100, (100,), value, seeds=[seed], learner=learner)
    return [row | {"metric": METRIC, "kind": "generation"} for row in made]


def table(gain=0.0, order=0.03, start=0.001, without=()):
    rng = np.random.default_rng(0)
    made = list(library("digits", {}))
    for which in WHICH:
        made += [row for s in ("random", "mnlp") for row in spoken(s, gain * (s == "mnlp"), which)]
        made += split(which, order, start, rng)
    made += spoken("coreset_deep", gain, "none")
    return [row for row in made if row["strategy"] not in without]


def judged(**more):
    return CHECKS["T14"].judge(curves(table(**more)))


def test_nothing_gained_is_what_was_published_and_the_order_of_a_small_model_is_told():
    found = judged()
    assert found.state == "direction only" and found.seeds == 10 and NAME.startswith(found.datasets[0])
    gains, shares = found.parts[:4], found.parts[4:]
    assert [part.figure for part in gains] == pytest.approx([0.0] * 4, abs=1e-12)
    assert all(0.7 < part.figure < 1 for part in shares)
    # The source fine-tunes language models, so that the order's share is told and not judged.
    assert [part.state for part in shares] == [None, None, None]
    assert "Standard deviation from scratch " in found.reason and "initialisation 0%" in found.reason


def test_values_that_do_not_vary_have_no_share():
    made = [row | {"value": 0.5} if "start_seed" in row["learner"] else row for row in table()]
    found = CHECKS["T14"].judge(curves(made))
    assert found.parts[5].figure is None and found.parts[5].interval is None
    assert "Nothing varies from scratch." in found.reason


@pytest.mark.parametrize("without", ["mnlp", "coreset_deep", "random"])
def test_a_part_that_was_not_run_leaves_it_unchecked(without):
    found = judged(without=(without,))
    assert found.state == "setting not tested" and found.reason.startswith("Missing: curves of a small sequence model")


@pytest.mark.parametrize(("gain", "state"), [(0.03, "contradicted"), (-0.03, "direction only")])
def test_choosing_is_judged_from_one_side(gain, state):
    assert judged(gain=gain).state == state
