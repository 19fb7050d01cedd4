import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.linear_model import LogisticRegression

from simulations.datasets import DATASETS
from simulations.datasets.pool import initial_set, open_pool
from simulations.errors import SimulationInputError
from simulations.learners import LEARNERS, Labelled, make_learner
from simulations.learners.linear import _PenalisedLoss
from simulations.trajectory import Part, stream


def _learner(l2=1.0, name="linear"):
    return make_learner(Part.of(name, {"l2": l2}))


def _labelled(lanes=3, items=31, width=5, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(lanes, items, width))
    answers = (features @ rng.normal(size=(width, classes)) + rng.gumbel(size=(lanes, items, classes))).argmax(axis=2)
    return Labelled(features, answers, np.ones((lanes, width)), classes)


def _lanes(labelled, rows):
    return Labelled(labelled.features[rows], labelled.answers[rows], labelled.spectrum[rows], labelled.classes)


def _digits(lanes, items):
    pools = [open_pool(Part.of("digits", DATASETS["digits"].defaults), Part.of("perfect"), s) for s in range(lanes)]
    rows = [initial_set(pool, "one_per_class", items, stream(s)) for s, pool in enumerate(pools)]
    features = np.stack([pool.features[r] for pool, r in zip(pools, rows, strict=True)])
    answers = np.stack([pool.answers[r] for pool, r in zip(pools, rows, strict=True)])
    return pools, Labelled(features, answers, np.stack([pool.spectrum for pool in pools]), 10)


def _objective(weights, labelled, l2):
    """Loss of every lane, spelt out."""
    values = []
    for W, X, y in zip(weights, labelled.features, labelled.answers, strict=True):
        Z = X @ W[:, :-1].T + W[:, -1]
        values.append(
            np.log(np.exp(Z).sum(axis=1)).sum() - Z[np.arange(y.size), y].sum() + l2 / 2 * (W[:, :-1] ** 2).sum()
        )
    return np.array(values)


@pytest.mark.parametrize("items", [20, 150, 500])
def test_accuracy_is_scikit_learns_on_digits(items):
    pools, labelled = _digits(lanes=8, items=items)
    fitted = _learner().fit(labelled, None)
    assert fitted.converged.all()
    said = fitted.probabilities(range(8), [pool.test_features for pool in pools]).argmax(axis=1)
    gaps = []
    for lane, pool in enumerate(pools):
        reference = LogisticRegression(max_iter=1000).fit(labelled.features[lane], labelled.answers[lane])
        gaps.append(np.mean(said[lane] == pool.test_labels) - reference.score(pool.test_features, pool.test_labels))
    assert abs(np.mean(gaps)) <= 0.002


def test_gradient_is_the_slope_of_the_loss():
    one = _lanes(_labelled(), [0])
    loss = _PenalisedLoss(one.features, one.answers, 4, 0.7)
    x = np.random.default_rng(1).normal(size=4 * 6)
    assert check_grad(lambda v: loss.evaluate(v[None])[0][0], lambda v: loss.evaluate(v[None])[1][0], x) < 1e-5


def test_loss_is_the_formula():
    labelled = _labelled()
    loss = _PenalisedLoss(labelled.features, labelled.answers, 4, 0.7)
    W = np.random.default_rng(1).normal(size=(3, 4, 6))
    assert loss.evaluate(W.reshape(3, -1))[0] == pytest.approx(_objective(W, labelled, 0.7))


@pytest.mark.parametrize("classes", [2, 5])
def test_the_objective_is_minimised(classes):
    labelled = _labelled(lanes=4, items=200, classes=classes)
    l2 = 2.0 if classes == 2 else 1.0
    found = _objective(_learner().fit(labelled, None).weights, labelled, l2)
    best = []
    for lane in range(4):
        model = LogisticRegression(tol=1e-10, max_iter=5000).fit(labelled.features[lane], labelled.answers[lane])
        W = np.column_stack([model.coef_, model.intercept_])
        W = np.concatenate([-W, W]) / 2 if classes == 2 else W
        best.append(_objective(W[None], _lanes(labelled, [lane]), l2)[0])
    gap = (found - best) / 200
    assert (gap > -1e-8).all() and (gap < 3e-6).all()


def test_the_objective_gap_on_digits_is_no_larger_than_scikit_learns():
    labelled = _digits(lanes=4, items=150)[1]
    found = _objective(_learner().fit(labelled, None).weights, labelled, 1.0)
    gaps = []
    for tolerance in (1e-9, 1e-4):
        models = [LogisticRegression(tol=tolerance, max_iter=5000) for _ in range(4)]
        for lane, model in enumerate(models):
            model.fit(labelled.features[lane], labelled.answers[lane])
        W = np.stack([np.column_stack([model.coef_, model.intercept_]) for model in models])
        gaps.append(_objective(W, labelled, 1.0))
    best, default = gaps
    assert (found - best).mean() <= (default - best).mean()


def test_two_classes_give_binary_logistic_regression():
    labelled = _labelled(lanes=1, items=60, classes=2)
    model = LogisticRegression(C=1 / 3.0, tol=1e-10).fit(labelled.features[0], labelled.answers[0])
    fitted = _learner(3.0).fit(labelled, None)
    P = fitted.probabilities([0], [labelled.features[0]])[0]
    assert pytest.approx(model.predict_proba(labelled.features[0]), abs=5e-3) == P.T


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_a_lane_gives_the_same_bits_alone_or_packed(name, classes):
    labelled = _labelled(lanes=9, items=37, width=11, classes=classes)
    more = _labelled(lanes=9, items=45, width=11, classes=classes)
    items = np.random.default_rng(3).normal(size=(9, 101, 11))
    learner = _learner(name=name)
    packed = learner.fit(more, learner.fit(labelled, None))
    P = packed.probabilities(range(9), list(items))
    for rows in ([0], [4], [8], [2, 7, 3]):
        alone = learner.fit(_lanes(more, rows), learner.fit(_lanes(labelled, rows), None))
        assert (alone.weights == packed.weights[rows]).all()
        assert (alone.probabilities(range(len(rows)), list(items[rows])) == P[rows]).all()


def test_tiles_do_not_change_the_bits(monkeypatch):
    labelled = _labelled(lanes=7)
    whole = _learner().fit(labelled, None).weights
    monkeypatch.setattr("simulations.learners.linear._TILE_NUMBERS", 1)
    assert (_learner().fit(labelled, None).weights == whole).all()


def test_a_warm_start_leads_to_the_same_place_sooner():
    labelled = _labelled(items=200)
    before = _learner().fit(Labelled(labelled.features[:, :180], labelled.answers[:, :180], labelled.spectrum, 4), None)
    cold, warm = _learner().fit(labelled, None), _learner().fit(labelled, before)
    assert warm.effort.sum() < cold.effort.sum()
    assert _objective(warm.weights, labelled, 1.0) == pytest.approx(_objective(cold.weights, labelled, 1.0), rel=1e-4)


def test_a_class_never_seen_is_never_said():
    labelled = _labelled(lanes=2, items=40, classes=3)
    answers = np.where(labelled.answers == 2, 0, labelled.answers)
    answers[1] = labelled.answers[1]
    fitted = _learner().fit(Labelled(labelled.features, answers, labelled.spectrum, 3), None)
    P = fitted.probabilities([0, 1], list(labelled.features))
    assert fitted.converged.all() and np.isfinite(P).all()
    assert (P[0, 2] == 0).all() and (P[1, 2] > 0).all()
    model = LogisticRegression(tol=1e-8, C=1.0).fit(labelled.features[0], answers[0])
    assert np.mean(P[0].argmax(axis=0) == model.predict(labelled.features[0])) > 0.9
    again = _learner().fit(labelled, fitted)
    assert np.isfinite(again.weights).all()


def test_one_class_alone_is_said_with_certainty():
    labelled = _labelled(lanes=1)
    fitted = _learner().fit(Labelled(labelled.features, labelled.answers * 0 + 1, labelled.spectrum, 4), None)
    assert fitted.converged.all()
    assert (fitted.probabilities([0], [labelled.features[0]])[0, 1] == 1).all()


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e4])
@pytest.mark.parametrize(("items", "width"), [(12, 3), (12, 80), (200, 3)])
def test_odd_shapes_and_scales_stay_finite_and_converge(name, scale, items, width):
    labelled = _labelled(items=items, width=width)
    scaled = Labelled(labelled.features * scale, labelled.answers, labelled.spectrum * scale**2, 4)
    fitted = _learner(name=name).fit(scaled, None)
    assert fitted.converged.all() and np.isfinite(fitted.probabilities(range(3), list(scaled.features))).all()


def test_separable_data_converge():
    labelled = _labelled(items=40)
    answers = (labelled.features[:, :, 0] > 0).astype(np.int64)
    fitted = _learner(1e-3).fit(Labelled(labelled.features, answers, labelled.spectrum, 2), None)
    assert fitted.converged.all()
    assert (fitted.probabilities(range(3), list(labelled.features)).argmax(axis=1) == answers).all()


@pytest.mark.parametrize("l2", [0.0, -1.0, float("nan")])
def test_a_penalty_that_is_not_positive_is_told(l2):
    with pytest.raises(SimulationInputError, match=r"learner linear, l2: found .+; allowed: a positive number"):
        _learner(l2)
