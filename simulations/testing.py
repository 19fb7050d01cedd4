"""The contracts that strategies and learners pass, ours and yours: `check_strategy` and `check_learner`.

Each check is a function of its own that raises AssertionError with a sentence; `CHECKS` and `LEARNER_CHECKS` list them
for test runners that want one test each.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from simulations.arrays import Features, Ints, Reals
from simulations.learners import Fitted, Labelled, Learner, LearnerEntry, WithMembers
from simulations.learners.learner import DivergedError, WithLandscape
from simulations.strategies import CannotSelectError, RoundView, Strategy
from simulations.strategies.view import NEEDS, UNLABELLED, Landscape, Pieces, SequenceScores, Streams, Values, frozen

_MEMBERS = 8
_NEGLIGIBLE = 1e-5


def check_strategy(strategy: Strategy) -> list[str]:
    """Run the whole contract on a strategy and give the names of the checks, all of them passed.

    Raises:
        AssertionError: the sentence says which promise the strategy breaks.
    """
    for check in CHECKS:
        check(strategy)
    return [check.__name__ for check in CHECKS]


def check_learner(learner: LearnerEntry | Learner) -> list[str]:
    """Run the whole contract on a learner of classes and give the names of the checks, all of them passed.

    An entry is made with its default settings; `dataclasses.replace(entry, defaults=...)` has others.

    Raises:
        AssertionError: the sentence says which promise the learner breaks.
    """
    if not isinstance(learner, LearnerEntry):
        name, made = type(learner).__name__, learner
        learner = LearnerEntry(name, "own", "none", "A learner without an entry.", {}, lambda: made)
    for check in LEARNER_CHECKS:
        check(learner)
    return [check.__name__ for check in LEARNER_CHECKS]


def example_view(strategy: Strategy, *, lanes: int = 3, items: int = 60, classes: int = 4, seed: int = 0) -> RoundView:
    """Make a plausible round: clustered features, a softmax model's probabilities, a tenth of the items labelled.

    As in the engine, numbers are float32, probabilities are stored class-major, and the strategy gets only what it
    declares that it needs.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=(lanes, items))
    centres = rng.normal(0, 2, (classes, 5))
    features = centres[truth] + rng.normal(size=(lanes, items, 5))
    scores = features @ centres.T + rng.normal(size=(lanes, items, classes))
    answers = np.full((lanes, items), UNLABELLED)
    for lane in range(lanes):
        rows = rng.choice(items, max(1, items // 10), replace=False)
        answers[lane, rows] = truth[lane, rows]
    return _build_view(strategy, features.astype(np.float32), answers, scores.astype(np.float32))


def example_streams(lanes: int = 3, seed: int = 1) -> Streams:
    """Make one generator per lane."""
    return [np.random.default_rng([seed, lane]) for lane in range(lanes)]


def example_labelled(*, lanes: int = 3, labels: int = 48, classes: int = 4, scale: float = 1.0) -> Labelled:
    """Make labelled sets on 200 items with 16 features, read-only as in the engine; classes lie far apart."""
    rng = np.random.default_rng(0)
    truth = rng.permutation(200) % classes
    features = rng.normal(0, 2, (classes, 16))[truth] + rng.normal(size=(200, 16))
    rows = np.stack([rng.permutation(200)[:labels] for _ in range(lanes)])
    single = frozen((scale * features).astype(np.float32))
    return Labelled(single, rows, truth[rows], scale**2 * features.var(axis=0), classes)


def _build_view(strategy: Strategy, features: Reals, answers: Ints, scores: Reals) -> RoundView:
    def committee(lane: int) -> Reals:
        # Members that see the scores through noise of their own; which lane it is does not depend on its neighbours.
        rng = np.random.default_rng(strategy.committee_size)
        noise = rng.normal(size=(strategy.committee_size, *scores.shape[1:])).astype(scores.dtype)
        return _softmax(scores[lane] + noise)

    def members(lane: int) -> Pieces:
        rng = np.random.default_rng(0)
        noise = rng.normal(size=(_MEMBERS, *scores.shape[1:])).astype(scores.dtype)
        # In two pieces, as the engine gives a large pool.
        for items in (slice(0, answers.shape[1] // 2), slice(answers.shape[1] // 2, None)):
            yield items, _softmax(scores[lane, items] + noise[:, items])

    return RoundView(
        list(features),
        answers,
        _softmax(scores) if "probabilities" in strategy.needs else None,
        committee if "committee" in strategy.needs else None,
        None,
        members if strategy.needs_members and "values" not in strategy.needs else None,
        _example_values(answers, scores) if "values" in strategy.needs else None,
        _example_sequences(scores) if "sequences" in strategy.needs else None,
        1.0 + np.arange(answers.size).reshape(answers.shape) % 7 if "costs" in strategy.needs else None,
        (lambda lane: _linear_landscape(features[lane], scores[lane])) if "gradients" in strategy.needs else None,
    )


def _linear_landscape(X: Reals, scores: Reals) -> Landscape:
    """Make a linear model whose weights (C, d) are how scores and features vary together."""
    W = scores.astype(np.float64).T @ X.astype(np.float64) / X.shape[0]
    return Landscape(lambda X: X @ W.T, lambda X: np.broadcast_to(W, (X.shape[0], *W.shape)), linear=True)


def _example_values(answers: Ints, scores: Reals) -> Values:
    """Predict numbers by members of which each looks at one score, (L, C, n); answers are their class numbers."""
    members = np.clip(scores, -1e3, 1e3).transpose(0, 2, 1)
    return Values(members.mean(axis=1), members, np.where(answers == UNLABELLED, 0.0, answers))


def _example_sequences(scores: Reals) -> SequenceScores:
    """Answer with sequences of one to five symbols, of which each is as sure as the item's class."""
    P = _softmax(scores)
    lengths = np.broadcast_to(1 + np.arange(scores.shape[1]) % 5, scores.shape[:2])
    ranked = np.sort(P, axis=-1)
    entropy = -(P * np.log(np.maximum(P, 1e-12))).sum(axis=-1)
    sure = np.log(np.maximum(ranked[..., -1], 1e-12))
    squares = (1.0 - (P**2).sum(axis=-1)) * lengths
    return SequenceScores(sure * lengths, entropy * lengths, ranked[..., -1] - ranked[..., -2], lengths, squares)


def _softmax(scores: Reals) -> Reals:
    """Turn scores (..., n, C) into probabilities of that shape, stored class-major."""
    P = np.exp(scores - scores.max(axis=-1, keepdims=True))
    P /= P.sum(axis=-1, keepdims=True)
    return np.ascontiguousarray(P.swapaxes(-1, -2)).swapaxes(-1, -2)


class _CountedStreams(Sequence[np.random.Generator]):
    """Streams that say which lanes were asked for, and how often."""

    def __init__(self, lanes: int) -> None:
        self.asked = [0] * lanes

    def __len__(self) -> int:
        return len(self.asked)

    def __getitem__(self, lane: Any) -> Any:
        if isinstance(lane, slice):
            return [self[i] for i in range(*lane.indices(len(self)))]
        self.asked[lane] += 1
        return example_streams(len(self))[lane]


def _require(fulfilled: bool, checked: Strategy | LearnerEntry, promise: str) -> None:
    if not fulfilled:
        what = "strategy" if isinstance(checked, Strategy) else "learner"
        raise AssertionError(f"{what} {checked.name}: {promise}")


def _require_valid(strategy: Strategy, view: RoundView, k: int, case: str) -> None:
    chosen = strategy.select(view, k, example_streams(view.lanes))
    _require(chosen.shape == (view.lanes, k), strategy, f"gives shape (lanes, k) ({case})")
    _require(np.issubdtype(chosen.dtype, np.integer), strategy, f"gives whole row numbers ({case})")
    _require(bool(((chosen >= 0) & (chosen < view.pool_size)).all()), strategy, f"stays inside the pool ({case})")
    for lane, rows in enumerate(chosen):
        _require(np.unique(rows).size == k, strategy, f"chooses no item twice ({case})")
        _require(not view.labelled[lane, rows].any(), strategy, f"chooses no labelled item ({case})")


def _require_refusal(strategy: Strategy, view: RoundView, k: int, case: str) -> None:
    try:
        strategy.select(view, k, example_streams(view.lanes))
    except CannotSelectError:
        return
    _require(False, strategy, f"raises CannotSelectError when {case}")


def _require_texts(checked: Strategy | LearnerEntry) -> None:
    for name in ("name", "family", "paper", "summary"):
        _require(bool(getattr(checked, name).strip()), checked, f"has a {name}")


def _check_described(strategy: Strategy) -> None:
    _require_texts(strategy)
    known = isinstance(strategy.needs, frozenset) and strategy.needs <= set(NEEDS)
    _require(known, strategy, f"needs a frozenset of what a view has: {', '.join(NEEDS)}")
    several = strategy.committee_size >= 2
    _require(
        several == ("committee" in strategy.needs), strategy, "has two members or more exactly if it needs a committee"
    )


def _check_valid_choice(strategy: Strategy) -> None:
    for seed in range(5):
        _require_valid(strategy, example_view(strategy, seed=seed), 7, f"example {seed}")


def _check_one_item_and_all(strategy: Strategy) -> None:
    view = example_view(strategy)
    _require_valid(strategy, view, 1, "k = 1")
    _require_valid(strategy, view, view.pool_size - view.pool_size // 10, "all that is left")


def _check_refuses_too_many(strategy: Strategy) -> None:
    view = example_view(strategy)
    for k in (0, view.pool_size - view.pool_size // 10 + 1):
        _require_refusal(strategy, view, k, f"asked for {k} items it cannot give")


def _check_repeatable(strategy: Strategy) -> None:
    view = example_view(strategy)
    first, again = (strategy.select(view, 7, example_streams()) for _ in range(2))
    _require(bool((first == again).all()), strategy, "gives the same items for the same view and generator")


def _check_global_generator(strategy: Strategy) -> None:
    view = example_view(strategy)
    _require_own_generator(strategy, lambda: strategy.select(view, 7, example_streams()))


def _require_own_generator(checked: Strategy | LearnerEntry, compute: Callable[[], Ints | Reals]) -> None:
    mine = np.random.get_state(legacy=False)  # noqa: NPY002 - what must not be touched
    results, states = [], []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        states.append(str(np.random.get_state(legacy=False)))  # noqa: NPY002
        results.append(compute())
        states.append(str(np.random.get_state(legacy=False)))  # noqa: NPY002
    np.random.set_state(mine)  # noqa: NPY002
    _require(states[0] == states[1] and states[2] == states[3], checked, "draws nothing from the global generator")
    _require(bool((results[0] == results[1]).all()), checked, "does not depend on the global generator")


def _check_lanes_independent(strategy: Strategy) -> None:
    view = example_view(strategy)
    packed = strategy.select(view, 7, example_streams())
    for lane in range(view.lanes):
        alone = strategy.select(view.lane(lane), 7, [example_streams()[lane]])
        _require(bool((alone[0] == packed[lane]).all()), strategy, "gives a lane the same items alone and packed")


def _check_pure(strategy: Strategy) -> None:
    view = example_view(strategy)
    kept = [a.copy() for a in (*view.features, view.answers, view.labelled)]
    strategy.select(view, 7, example_streams())
    same = all((a == b).all() for a, b in zip(kept, (*view.features, view.answers, view.labelled), strict=True))
    _require(same, strategy, "leaves the view as it was")


def _check_streams(strategy: Strategy) -> None:
    view, streams = example_view(strategy), _CountedStreams(3)
    lazily = strategy.select(view, 7, streams)
    _require(max(streams.asked) <= 1, strategy, "asks for a lane's generator once, since each time it is a new one")
    listed = strategy.select(view, 7, example_streams())
    _require(bool((lazily == listed).all()), strategy, "gives the same items when generators are made as they are used")


def _check_sequence(strategy: Strategy) -> None:
    if not strategy.sequence:
        return
    alone = not strategy.needs & {"probabilities", "committee"}
    _require(alone, strategy, "reads nothing of the model if its choices are a sequence")
    view = example_view(strategy)
    first = strategy.select(view, 7, example_streams())
    # Whatever was answered, only that it was may count.
    answers = np.where(view.labelled, (view.answers + 1) % 4, UNLABELLED)
    np.put_along_axis(answers, first, 0, axis=1)
    then = strategy.select(RoundView(view.features, answers), 7, example_streams())
    whole = strategy.select(view, 14, example_streams())
    same = bool((np.hstack([first, then]) == whole).all())
    _require(same, strategy, "gives, when asked for 7 and then for 7 more, what it gives when asked for 14")


def _check_huge_pool(strategy: Strategy) -> None:
    if strategy.most_items is None:
        return
    items = strategy.most_items + 1
    view = RoundView([np.zeros((items, 1), np.float32)], np.full((1, items), UNLABELLED))
    _require_refusal(strategy, view, 7, f"a pool has more than its {items - 1} items")


def _check_extreme_values(strategy: Strategy) -> None:
    view, rng = example_view(strategy), np.random.default_rng(0)
    X, alike = np.stack(view.features), np.zeros((view.lanes, view.pool_size, 4))
    cases = {
        "float64": (rng.normal(size=X.shape), rng.normal(size=alike.shape)),
        "all items alike": (np.zeros(X.shape), alike),
        "probabilities of 0 and 1": (X, np.where(np.arange(4) == 1, 0.0, -1e6) + alike),
        "features times 1e-06": (X * 1e-6, alike),
        "features times 10000": (X * 1e4, alike),
    }
    for case, (features, scores) in cases.items():
        _require_valid(strategy, _build_view(strategy, features, view.answers.copy(), scores), 7, case)


def _check_sizes(strategy: Strategy) -> None:
    for lanes, items, classes in ((1, 12, 2), (2, 40, 30), (4, 500, 3)):
        view = example_view(strategy, lanes=lanes, items=items, classes=classes)
        _require_valid(strategy, view, 5, f"{lanes} lanes, {items} items, {classes} classes")


CHECKS: tuple[Callable[[Strategy], None], ...] = (
    *(_check_described, _check_valid_choice, _check_one_item_and_all, _check_refuses_too_many, _check_repeatable),
    *(_check_global_generator, _check_lanes_independent, _check_pure, _check_streams, _check_sequence),
    *(_check_huge_pool, _check_extreme_values, _check_sizes),
)
"""The contract of a strategy, one promise each."""


def _fit(entry: LearnerEntry, labelled: Labelled, lanes: Sequence[int] = (0, 1, 2), rounds: int = 1) -> Fitted:
    """Train lanes with streams of their own, in so many rounds that each has more labels than the one before."""
    learner: Learner = entry.make(**entry.defaults)
    own, fitted = labelled.take(lanes), None
    for r in range(1, rounds + 1):
        labels = own.rows.shape[1] * r // rounds
        known = replace(own, rows=own.rows[:, :labels], answers=own.answers[:, :labels])
        fitted = learner.fit(known, fitted, [np.random.default_rng([lane, r]) for lane in lanes])
    assert fitted is not None
    return fitted


def _score(entry: LearnerEntry, labelled: Labelled, lanes: Sequence[int] = (0, 1, 2), rounds: int = 1) -> Features:
    """Train lanes as `_fit` does and score all items, (lanes, C, N)."""
    return _fit(entry, labelled, lanes, rounds).probabilities(range(len(lanes)), labelled.features)


def _check_learner_described(entry: LearnerEntry) -> None:
    _require_texts(entry)
    _require(entry.task == "classification", entry, f"is for classification, and not for {entry.task}")
    _require(entry.axes != "tokens", entry, "reads features, and not tokens, of which there is no example")


def _check_learner_probabilities(entry: LearnerEntry) -> None:
    usual, twice = example_labelled(), np.arange(48) // 2 * 2
    _require_probabilities(entry, usual, "48 labels of 4 classes")
    _require_probabilities(entry, example_labelled(labels=12, classes=2), "12 labels of 2 classes")
    _require_probabilities(entry, example_labelled(labels=90, classes=9), "90 labels of 9 classes")
    drawn = replace(usual, rows=usual.rows[:, twice], answers=usual.answers[:, twice])
    _require_probabilities(entry, drawn, "24 items that are there twice, as in bootstrap samples")
    for scale in (0.0, 1e-6, 1e4):
        with suppress(DivergedError):  # which is how a learner says that it cannot
            _require_probabilities(entry, example_labelled(scale=scale), f"features times {scale:g}")


def _require_probabilities(entry: LearnerEntry, labelled: Labelled, case: str) -> None:
    fitted = _fit(entry, labelled)
    P = fitted.probabilities(range(3), labelled.features)
    shaped = P.shape == (3, labelled.classes, 200) and P.dtype == np.float32
    _require(shaped, entry, f"gives probabilities (lanes, classes, items) in float32 ({case})")
    sound = np.isfinite(P) & (P >= 0) & (abs(P.sum(axis=1, keepdims=True) - 1) < 1e-4)
    _require(bool(sound.all()), entry, f"gives finite probabilities that sum to 1 ({case})")
    shaped = np.shape(fitted.converged) == (3,) == np.shape(fitted.effort)
    _require(shaped, entry, f"says of each lane whether it converged, and its share of the time ({case})")
    _require(bool((fitted.effort >= 0).all()), entry, f"gives shares of the time that are not negative ({case})")


def _check_learner_learns(entry: LearnerEntry) -> None:
    labelled = example_labelled()
    said = np.take_along_axis(_score(entry, labelled).argmax(axis=1), labelled.rows, axis=1)
    right = float((said == labelled.answers).mean())
    _require(right > 0.5, entry, "knows most of the items it was trained on, of four classes far apart")


def _check_learner_repeatable(entry: LearnerEntry) -> None:
    labelled = example_labelled()
    same = bool((_score(entry, labelled) == _score(entry, labelled)).all())
    _require(same, entry, "gives the same bits for the same labels and generators")
    _require_own_generator(entry, lambda: _score(entry, labelled))


def _check_learner_lanes_independent(entry: LearnerEntry) -> None:
    labelled = example_labelled()
    fitted = _fit(entry, labelled, rounds=2)
    P = fitted.probabilities(range(3), labelled.features)
    for lanes in ([0], [2], [2, 1]):
        alone = _score(entry, labelled, lanes, rounds=2)
        _require(bool((alone == P[lanes]).all()), entry, "gives a lane the same bits alone and packed")
    named = fitted.probabilities([2, 0, 2], labelled.features)
    taken = fitted.take([2, 0, 2]).probabilities(range(3), labelled.features)
    same = bool((named == P[[2, 0, 2]]).all() and (taken == P[[2, 0, 2]]).all())
    _require(same, entry, "scores and takes the lanes that are named, in that order")


def _check_learner_missing_classes(entry: LearnerEntry) -> None:
    labelled = example_labelled()
    P = _score(entry, replace(labelled, answers=np.minimum(labelled.answers, [[3], [1], [0]])))
    never = bool((P[1, 2:] <= _NEGLIGIBLE).all() and (P[2, 1:] <= _NEGLIGIBLE).all())
    _require(never, entry, f"gives a class without a label a probability of at most {_NEGLIGIBLE:g}")


def _check_learner_pure(entry: LearnerEntry) -> None:
    labelled = example_labelled()
    kept = [a.copy() for a in (labelled.rows, labelled.answers)]
    entry.make(**entry.defaults).fit(labelled, None, example_streams())
    same = bool((kept[0] == labelled.rows).all() and (kept[1] == labelled.answers).all())
    _require(same, entry, "leaves the labelled sets as they were")


def _check_learner_streams(entry: LearnerEntry) -> None:
    streams = _CountedStreams(3)
    entry.make(**entry.defaults).fit(example_labelled(), None, streams)
    _require(max(streams.asked) <= 1, entry, "asks for a lane's generator once, since each time it is a new one")


def _check_learner_served(entry: LearnerEntry) -> None:
    fitted, has = _fit(entry, example_labelled()), {"members": WithMembers, "ensemble": WithMembers}
    lacking = [need for need in entry.serves(entry.defaults) if not isinstance(fitted, has.get(need, WithLandscape))]
    _require(not lacking, entry, f"gives what its entry says it serves, {', '.join(lacking)} too")


LEARNER_CHECKS: tuple[Callable[[LearnerEntry], None], ...] = (
    *(_check_learner_described, _check_learner_probabilities, _check_learner_learns, _check_learner_repeatable),
    *(_check_learner_lanes_independent, _check_learner_missing_classes, _check_learner_pure, _check_learner_streams),
    _check_learner_served,
)
"""The contract of a learner of classes, one promise each."""
