"""Every learner of classes keeps the contract, and the contract notices each promise that is broken."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from simulations.learners import LEARNERS, estimator_entry
from simulations.testing import LEARNER_CHECKS, check_learner

SHORT = {"epochs": 10, "learning_rate": 0.01}
SETTINGS = {
    "linear": [{}, {"tune": "l2: 10, 1"}],
    "ridge": [{}, {"tune": "l2: 10, 1"}],
    "forest": [{"trees": 5}, {"trees": 5, "tune": "min_leaf: 3, 1"}],
    "boosting": [{"iterations": 5}],
    "estimator": [
        *({"of": f"sklearn.{of}"} for of in ("svm.SVC", "linear_model.Perceptron", "neighbors.KNeighborsClassifier")),
        {"of": "sklearn.ensemble.ExtraTreesClassifier", "parameters": "n_estimators=3"},
        {"of": "sklearn.linear_model.LogisticRegression"},
    ],
    "mlp": [SHORT, {**SHORT, "start": "warm", "hidden": "20, 8"}],
    "cnn": [SHORT],
    "ensemble": [{**SHORT, "networks": 2}],
}
CASES = [(name, settings) for name, several in SETTINGS.items() for settings in several]


def test_every_learner_of_classes_is_held_to_the_contract():
    # An encoder reads texts, of which the contract has no example: its tests are its own.
    assert set(SETTINGS) == {e.name for e in LEARNERS.values() if e.task == "classification" and e.axes != "tokens"}


@pytest.mark.parametrize(
    ("name", "settings"), CASES, ids=[f"{name}-{number}" for number, (name, _) in enumerate(CASES)]
)
def test_the_contract_is_kept(name, settings):
    entry = LEARNERS[name]
    if "torch" in entry.loads:
        pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")
    assert len(check_learner(replace(entry, defaults={**entry.defaults, **settings}))) == len(LEARNER_CHECKS) >= 9


def _pipeline(leaf):
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), ExtraTreesClassifier(3, min_samples_leaf=leaf, n_jobs=2))


@pytest.mark.parametrize("tune", ["", "leaf: 5, 1"])
def test_an_estimator_with_chance_inside_others_keeps_the_contract(tune):
    facts = {"family": "trees", "paper": "none", "summary": "Three scaled trees.", "version": 1}
    entry = estimator_entry("scaled", _pipeline, {"leaf": 3}, **facts)
    assert entry.defaults == {"leaf": 3, "tune": ""} and entry.axes == "columns"
    check_learner(replace(entry, defaults={**entry.defaults, "tune": tune}))


class Means:
    """A learner that keeps the contract: how near an item is to the mean of each class."""

    def fit(self, labelled, warm, streams):
        lanes = zip(labelled.rows, labelled.answers, strict=True)
        return self.fitted(np.stack([self.means(labelled, rows, answers) for rows, answers in lanes]))

    def means(self, labelled, rows, answers):
        X = labelled.features[rows].astype(np.float64)
        seen = [answers == c for c in range(labelled.classes)]
        return np.stack([X[of].mean(axis=0) if of.any() else np.full(X.shape[1], np.inf) for of in seen])

    def fitted(self, means):
        return FittedMeans(means)


@dataclass
class FittedMeans:
    means_of: np.ndarray

    @property
    def converged(self):
        return np.ones(len(self.means_of), bool)

    @property
    def effort(self):
        return np.ones(len(self.means_of))

    def take(self, lanes):
        return type(self)(self.means_of[list(lanes)])

    def probabilities(self, lanes, features):
        far = [((features - self.means_of[lane][:, None]) ** 2).sum(axis=2) for lane in lanes]
        return _shares(np.stack(far)).astype(np.float32)


def _shares(far):
    near = np.exp(far.min(axis=1, keepdims=True) - far)
    return near / near.sum(axis=1, keepdims=True)


def test_a_learner_without_an_entry_is_checked_too():
    assert check_learner(Means()) == [check.__name__ for check in LEARNER_CHECKS]


class Doubled(FittedMeans):
    def probabilities(self, lanes, features):
        return 2 * super().probabilities(lanes, features)


class Double(FittedMeans):
    def probabilities(self, lanes, features):
        return super().probabilities(lanes, features).astype(np.float64)


class Turned(FittedMeans):
    def probabilities(self, lanes, features):
        return super().probabilities(lanes, features).swapaxes(1, 2)


class Unsure(FittedMeans):
    def probabilities(self, lanes, features):
        shares = super().probabilities(lanes, features) + np.float32(0.01)
        return shares / shares.sum(axis=1, keepdims=True)


class Ignorant(FittedMeans):
    def probabilities(self, lanes, features):
        return np.roll(super().probabilities(lanes, features), 1, axis=1)


class Silent(FittedMeans):
    converged = True


class Owing(FittedMeans):
    @property
    def effort(self):
        return -np.ones(len(self.means_of))


class Unordered(FittedMeans):
    def take(self, lanes):
        return super().take(sorted(lanes))


def _with_models(kind):
    return type(kind.__name__, (Means,), {"fitted": lambda self, means: kind(means)})()


class Global(Means):
    def means(self, labelled, rows, answers):
        return super().means(labelled, rows, answers) + np.random.normal(0, 0.01)  # noqa: NPY002


class Restless(Means):
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def means(self, labelled, rows, answers):
        return super().means(labelled, rows, answers) + self.rng.normal(0, 0.01)


class Neighbourly(Means):
    def fitted(self, means):
        return FittedMeans(means + 1e-3 * len(means))


class Greedy(Means):
    def fit(self, labelled, warm, streams):
        for _ in range(2):
            streams[0].normal()
        return super().fit(labelled, warm, streams)


class Untidy(Means):
    def fit(self, labelled, warm, streams):
        fitted = super().fit(labelled, warm, streams)
        labelled.answers[...] = 0
        labelled.rows[...] = 0
        return fitted


class Reseeding(Means):
    def means(self, labelled, rows, answers):
        np.random.seed(0)  # noqa: NPY002
        return super().means(labelled, rows, answers)


BROKEN = [
    (_with_models(Doubled), r"gives finite probabilities that sum to 1 \(48 labels of 4 classes\)"),
    (_with_models(Double), r"gives probabilities \(lanes, classes, items\) in float32"),
    (_with_models(Turned), r"gives probabilities \(lanes, classes, items\) in float32"),
    (_with_models(Silent), "says of each lane whether it converged"),
    (_with_models(Owing), "gives shares of the time that are not negative"),
    (_with_models(Ignorant), "knows most of the items it was trained on"),
    (_with_models(Unsure), "gives a class without a label a probability of at most 1e-05"),
    (_with_models(Unordered), "scores and takes the lanes that are named, in that order"),
    (Restless(), "gives the same bits for the same labels and generators"),
    (Global(), "gives the same bits for the same labels and generators"),
    (Reseeding(), "draws nothing from the global generator"),
    (Neighbourly(), "gives a lane the same bits alone and packed"),
    (Untidy(), "leaves the labelled sets as they were"),
    (Greedy(), "asks for a lane's generator once"),
]


@pytest.mark.parametrize(("learner", "promise"), BROKEN, ids=lambda value: type(value).__name__)
def test_a_broken_promise_is_named(learner, promise):
    with pytest.raises(AssertionError, match=f"^learner {type(learner).__name__}: {promise}"):
        check_learner(learner)


@pytest.mark.parametrize(
    ("changed", "promise"),
    [
        ({"summary": " "}, "has a summary"),
        ({"task": "regression"}, "is for classification, and not for regression"),
        ({"axes": "tokens"}, "reads features, and not tokens"),
        ({"serves": lambda settings: frozenset({"members"})}, "gives what its entry says it serves, members too"),
        ({"serves": lambda settings: frozenset({"gradients"})}, "gives what its entry says it serves, gradients too"),
    ],
)
def test_an_entry_that_does_not_fit_its_learner_is_told(changed, promise):
    entry = replace(LEARNERS["ridge"], name="means", defaults={}, make=Means, serves=lambda settings: frozenset())
    check_learner(entry)
    with pytest.raises(AssertionError, match=f"^learner means: {promise}"):
        check_learner(replace(entry, **changed))
