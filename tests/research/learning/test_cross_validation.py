"""Priors that have never seen what they are tested on."""

import pytest

from planner.backtest.backtest import run_backtest
from planner.backtest.curves import CurveSet
from planner.backtest.scoring import BacktestSettings, score_curve
from research.learning import cross_validation
from research.learning.cross_validation import cross_validate, parts_of
from research.learning.prior import fit_prior, learn_prior
from simulations.errors import InputError

QUICK = BacktestSettings(cuts=("20",), n_draws=100)


@pytest.fixture
def curves(make_curve):
    return CurveSet("tests", [make_curve(f"set {i}", learner, seed=i) for i in range(6) for learner in ("a", "b")])


def test_data_sets_are_dealt_out_evenly_by_name():
    names = [f"set {i}" for i in range(11)]
    parts = parts_of(names * 2, 4)
    assert parts == parts_of(names[::-1], 4)
    assert sorted(list(parts.values()).count(part) for part in range(4)) == [2, 3, 3, 3]


def test_no_prior_is_learned_from_what_it_is_tested_on(curves, monkeypatch):
    learned, tested = [], []
    fit, score = fit_prior, score_curve

    def fitting(found, groups, about):
        learned.append(set(groups))
        return fit(found, groups, about)

    def scoring(curve, settings):
        tested.append((curve.group, len(learned) - 1, settings.prior))
        return score(curve, settings)

    monkeypatch.setattr(cross_validation, "fit_prior", fitting)
    monkeypatch.setattr(cross_validation, "score_curve", scoring)
    found = cross_validate(curves, curves.curves, QUICK, 3)
    assert len(learned) == 3 and len(tested) == 12
    assert all(group not in learned[part] for group, part, _ in tested)
    assert all(prior is not None for *_, prior in tested)
    assert found.counts["data_sets"] == 6
    assert found.to_dict()["folds"] == 3
    assert "learned 3 times, each time from the data sets it was not tested on" in found.notes[-1]


def test_more_parts_than_data_sets_is_refused(curves):
    with pytest.raises(InputError, match="--cross-validate: found 7 parts; allowed: at most one a data set, 6 here"):
        cross_validate(curves, curves.curves, QUICK, 7)


def test_a_prior_tested_on_what_it_has_seen_says_so(curves):
    prior = learn_prior(curves.curves[:4], {})
    found = run_backtest(curves, BacktestSettings(cuts=("20",), n_draws=100, prior=prior))
    assert "was learned from 2 of these data sets" in found.notes[-1] and "--cross-validate 5" in found.notes[-1]
    assert run_backtest(curves, QUICK).notes == ()
