"""Stream-based selection: items come one by one, and each is labelled at once or never.

Notation
    N, C     items of the data set, classes
    m        items that come before the model is trained again
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from simulations.arrays import Features, Ints, Reals
from simulations.datasets.pool import Pool, initial_set, open_pool
from simulations.errors import InputError, unknown_name
from simulations.learners import LEARNERS, Fitted, Labelled, make_learner
from simulations.metrics import likeliest
from simulations.strategies.uncertainty import margin
from simulations.trajectory import LazyStreams, Part, stream

_SCORED_AT_ONCE = 256
"""Items whose margins are computed together, by one model."""


@dataclass
class BudgetManager:
    """Keeps the share of labelled items near a budget without remembering each of them.

    Žliobaitė, Bifet, Pfahringer & Holmes 2014 (IEEE Transactions on Neural Networks and Learning Systems 25:27),
    equations 1 and 2: u ← u (w − 1)/w + 1{labelled}, and a label may be bought while u/w is below the budget. It is an
    estimate over the last w items or so; what was spent over all is counted beside it, so that an overrun is seen.

    Args:
        share: labels per item that may be spent, above 0 and at most 1.
        window: w, items over which the spending is estimated; a small one lets spending come in bursts less.

    Raises:
        InputError: a setting is out of range.
    """

    share: float
    window: int = 100
    seen: int = field(default=0, init=False)
    spent: int = field(default=0, init=False)
    _recent: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"stream, budget: found {self.share}; allowed: above 0 and at most 1")
        if self.window < 1:
            raise InputError(f"stream, window: found {self.window}; allowed: at least 1")

    @property
    def may_buy(self) -> bool:
        """Whether the budget leaves room for a label now."""
        return self._recent / self.window < self.share

    def pass_by(self, *, bought: bool) -> None:
        """Count an item that came, and its label where it was bought."""
        self._recent = self._recent * (self.window - 1) / self.window + bought
        self.seen += 1
        self.spent += bought

    @property
    def overrun(self) -> float:
        """Labels bought beyond the budget's share of what came; negative while there is some left."""
        return self.spent - self.share * self.seen


@dataclass(frozen=True)
class StreamSetting:
    """One simulated stream.

    Args:
        dataset: whose pool passes by, in the shuffled order of the seed.
        learner: trained again whenever `retrain_every` labels have been bought.
        chooser: a key of `CHOOSERS`.
        oracle: who answers.
        initial_size: items labelled before the stream begins, at least one of each class.
        budget: labels per item that may be spent.
        window: see `BudgetManager`.
        retrain_every: labels between two trainings; a larger number costs less and asks by an older model.
        seed: replicate number.
    """

    dataset: Part
    learner: Part
    chooser: str
    oracle: Part
    initial_size: int
    budget: float
    window: int = 100
    retrain_every: int = 20
    seed: int = 0


@dataclass(frozen=True)
class StreamRound:
    """Where a stream stands when the model has been trained.

    Attributes:
        seen: items that have passed by.
        labels: labels bought, the initial set included.
        overrun: labels bought from the stream beyond the budget's share of it; negative while some is left.
        accuracy: on the held-out items, a fraction.
    """

    seen: int
    labels: int
    overrun: float
    accuracy: float


_Chooser = Callable[[float, float, np.random.Generator], bool]
"""An item's margin, the budget and a generator to whether the item should be labelled; asked once, as it passes by."""


def _want_any(margin: float, budget: float, rng: np.random.Generator) -> bool:
    """Want each item with the probability of the budget: random labelling of a stream."""
    return bool(rng.random() < budget)


def _want_below_half(margin: float, budget: float, rng: np.random.Generator) -> bool:
    """Want items whose margin is below a half; that buys early, and little once the model is sure."""
    return margin < 0.5


class _VariableMargin:
    """Want items whose margin is below a bar that falls with each wanted item and rises with each other.

    Žliobaitė et al. 2014, algorithm 3: the budget is spent at an even pace whatever the model's confidence. As there,
    the step is 1%. Randomised, algorithm 4, the bar is multiplied by a normal draw of mean 1 and sd 1: sure items are
    asked for at times too, since what the model is sure of and wrong about is found only if it is looked at.
    """

    def __init__(self, *, randomised: bool = False) -> None:
        self.randomised, self.bar = randomised, 1.0

    def __call__(self, margin: float, budget: float, rng: np.random.Generator) -> bool:
        wanted = margin < self.bar * (float(rng.normal(1.0, 1.0)) if self.randomised else 1.0)
        self.bar *= 0.99 if wanted else 1.01
        return wanted


CHOOSERS: Mapping[str, Callable[[], _Chooser]] = {
    "random": lambda: _want_any,
    "fixed_margin": lambda: _want_below_half,
    "stream_margin": _VariableMargin,
    "randomised_margin": partial(_VariableMargin, randomised=True),
}


def run_stream(setting: StreamSetting) -> list[StreamRound]:
    """Let a data set's pool pass by once and buy labels as the chooser and the budget say.

    Args:
        setting: what is simulated; the same gives the same.

    Returns:
        One entry a training: after the initial set, after every `retrain_every` labels, and at the stream's end.

    Raises:
        InputError: a setting is out of range, or a name is not known.
    """
    if setting.chooser not in CHOOSERS:
        raise unknown_name("chooser", setting.chooser, CHOOSERS, where="stream")
    if setting.retrain_every < 1:
        raise InputError(f"stream, retrain_every: found {setting.retrain_every}; allowed: at least 1")
    run = _Stream(setting)
    while run.seen < run.arrivals.size:
        run.advance()
    return run.rounds


class _Stream:
    def __init__(self, setting: StreamSetting) -> None:
        self.setting, s = setting, setting
        self.pool: Pool = open_pool(s.dataset, s.oracle, s.seed, LEARNERS[s.learner.name].axes)
        self.content = s.dataset.as_json(), s.learner.as_json(), s.seed
        rng = stream(*self.content[::2], "initial", "one_per_class")
        self.labelled = initial_set(self.pool, "one_per_class", s.initial_size, rng)
        self.arrivals = np.setdiff1d(np.arange(self.pool.size), self.labelled)
        self.learner, self.budget = make_learner(s.learner), BudgetManager(s.budget, s.window)
        self.chooser, self.rng = CHOOSERS[s.chooser](), stream(*self.content, s.chooser, s.budget, "stream")
        self.fitted: Fitted | None = None
        self.rounds: list[StreamRound] = []
        self._train()

    @property
    def seen(self) -> int:
        return self.budget.seen

    def advance(self) -> None:
        """Let items pass by until labels enough for a training are bought, or none is left; then train."""
        bought: list[int] = []
        while len(bought) < self.setting.retrain_every and self.seen < self.arrivals.size:
            coming = self.arrivals[self.seen : self.seen + _SCORED_AT_ONCE]
            for row, sureness in zip(coming.tolist(), self._margins(coming).tolist(), strict=True):
                wanted = self.chooser(sureness, self.setting.budget, self.rng)
                self.budget.pass_by(bought=(buys := wanted and self.budget.may_buy))
                if buys:
                    bought.append(row)
                    if len(bought) == self.setting.retrain_every:
                        break
        self.labelled = np.append(self.labelled, np.array(bought, dtype=np.int64))
        self._train()

    def _margins(self, rows: Ints) -> Reals:
        return margin(self._score(self.pool.space.features[self.pool.rows[rows]]).T)

    def _score(self, features: Features) -> Features:
        assert self.fitted is not None
        return np.asarray(self.fitted.probabilities([0], np.ascontiguousarray(features))[0])

    def _train(self) -> None:
        rows, space = self.labelled, self.pool.space
        rows_and_answers = self.pool.rows[rows][None], self.pool.answers[rows][None]
        labelled = Labelled(space.features, *rows_and_answers, space.spectrum, space.data.classes)
        self.fitted = self.learner.fit(labelled, self.fitted, LazyStreams([(*self.content, "train", rows.size)]))
        predicted, _ = likeliest(self._score(self.pool.test_features)[None])
        accuracy = float((predicted[0] == self.pool.test_labels).mean())
        self.rounds.append(StreamRound(self.budget.seen, rows.size, self.budget.overrun, accuracy))
