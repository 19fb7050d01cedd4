from functools import cache

import numpy as np
import pytest

from simulations.learners import LEARNERS, make_learner
from simulations.learners.learner import Labelled, WithLandscape
from simulations.strategies.uncertainty import distances
from simulations.trajectory import LazyStreams, Part

NEURAL = {"epochs": 30, "learning_rate": 0.01, "weight_decay": 0.01, "batch_size": 8, "start": "scratch", "samples": 4}
SERVING = {
    "linear": {"l2": 1.0, "tune": ""},
    "ridge": {"l2": 1.0, "tune": ""},
    "mlp": {"hidden": "20, 9", "dropout": 0.25, **NEURAL},
    "cnn": {"shape": "4x4", "channels": "3", "hidden": "12", "dropout": 0.25, **NEURAL},
}
TUNED = {"l2": 1.0, "tune": "l2: 10.0, 0.1"}


@cache
def trained(name, tuned=False):
    # A width that is no whole tile, but for images of 4 x 4.
    lanes, labels, d = 3, 40, 16 if name == "cnn" else 18
    if name in ("mlp", "cnn"):
        pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=160)
    X = (rng.normal(0, 1.5, (4, d))[truth] + rng.normal(size=(160, d))).astype(np.float32)
    # The last class has no label.
    known = np.flatnonzero(truth < 3)
    rows = np.stack([rng.permutation(known)[:labels] for _ in range(lanes)])
    learner = make_learner(Part.of(name, TUNED if tuned else SERVING[name]))
    labelled = Labelled(X, rows, truth[rows], X.astype(float).var(axis=0), 4)
    return learner.fit(labelled, None, LazyStreams([(0, lane) for lane in range(lanes)])), X


@pytest.mark.parametrize("name", SERVING)
def test_the_highest_score_is_the_likeliest_class(name):
    fitted, X = trained(name)
    assert isinstance(fitted, WithLandscape)
    assert "gradients" in LEARNERS[name].serves(make_options(name))
    for lane in range(3):
        scores = fitted.landscape(lane).scores(X)
        P = fitted.probabilities([lane], X)[0]
        assert (scores.argmax(axis=1) == P.argmax(axis=0)).mean() > 0.99
        assert scores.shape == (160, 4) and (P[3] == 0.0).all() == np.isneginf(scores[:, 3]).all()


def make_options(name):
    return {**LEARNERS[name].defaults, **SERVING[name]}


@pytest.mark.parametrize("name", SERVING)
def test_slopes_are_those_of_finite_differences(name):
    fitted, X = trained(name)
    model, X = fitted.landscape(1), X[:30].astype(np.float64)
    G, rng = model.slopes(X), np.random.default_rng(1)
    assert G.shape == (30, 4, X.shape[1])
    step = 1e-2 if name in ("mlp", "cnn") else 1.0
    for _ in range(4):
        way = rng.normal(size=X.shape[1])
        way /= np.linalg.norm(way)
        told = np.einsum("icd,d->ic", G, way)[:, :3]
        up, down = (model.scores(X + sign * step * way)[:, :3].astype(np.float64) for sign in (1, -1))
        found = (up - down) / (2 * step)
        # A step may lead over a kink of a few of the items.
        assert np.median(np.abs(found - told)) < 1e-3 * np.abs(told).max()
        assert (np.abs(found - told) < 0.02 * np.abs(told).max()).mean() > 0.8


@pytest.mark.parametrize("name", SERVING)
def test_a_lanes_landscape_is_its_own(name):
    fitted, X = trained(name)
    alone = fitted.take([2])
    assert (alone.landscape(0).scores(X) == fitted.landscape(2).scores(X)).all()
    assert (alone.landscape(0).slopes(X) == fitted.landscape(2).slopes(X)).all()
    assert (fitted.landscape(0).slopes(X) != fitted.landscape(2).slopes(X)).any()


@pytest.mark.parametrize("name", SERVING)
def test_moved_as_far_as_deepfool_says_an_item_changes_its_class(name):
    fitted, X = trained(name)
    model = fitted.landscape(0)
    found = distances(model, X, np.arange(160))
    assert np.isfinite(found).mean() > 0.95 and (found[np.isfinite(found)] > 0).all()
    # Nothing that is nearer than the distance found may lie on the other side of a linear model's boundary.
    if name in ("linear", "ridge"):
        rng = np.random.default_rng(2)
        ways = rng.normal(size=(50, X.shape[1]))
        ways /= np.linalg.norm(ways, axis=1)[:, None]
        own = model.scores(X).argmax(axis=1)
        for way in ways:
            assert (model.scores(X + 0.999 * found[:, None] * way).argmax(axis=1) == own).all()


def test_a_tuned_learner_has_the_landscape_of_the_value_it_took():
    fitted, X = trained("linear", tuned=True)
    assert isinstance(fitted, WithLandscape)
    for lane in range(3):
        P = fitted.probabilities([lane], X)[0]
        assert (fitted.landscape(lane).scores(X).argmax(axis=1) == P.argmax(axis=0)).all()


def test_slopes_are_computed_in_pieces(monkeypatch):
    fitted, X = trained("mlp")
    whole = fitted.landscape(0).slopes(X)
    monkeypatch.setattr("simulations.learners.neural.mlp._PIECE", 20 * 4 * 16)
    assert fitted.landscape(0).slopes(X) == pytest.approx(whole, abs=1e-6)
