import numpy as np
import pytest

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView
from simulations.strategies.sequences import SEQUENCE_STRATEGIES
from simulations.strategies.view import UNLABELLED, SequenceScores

LN2 = np.log(2)

# Four unlabelled answers and a labelled one: (log-probability, total entropy, mean margin, length).
ANSWERS = {
    "long, sure of each symbol": (-20 * LN2 / 4, 4.0, 0.9, 20),
    "short, unsure": (-2 * LN2, 1.3, 0.1, 2),
    "middling": (-4 * LN2, 2.4, 0.5, 8),
    "one symbol, sure": (-0.1, 0.3, 0.8, 1),
    "labelled": (-100.0, 90.0, 0.0, 30),
}


# What a model would tell of gradients, were it asked for those.
SQUARES = np.resize([[3.0, 5.0, 4.0, 6.0, 90.0]], (1, 30))


def _view(answers=ANSWERS, features=None):
    log_probability, entropy, margin, lengths = np.array(list(answers.values())).T[:, None]
    known = np.full((1, len(answers)), UNLABELLED)
    known[0, -1] = 0
    scores = SequenceScores(log_probability, entropy, margin, lengths.astype(np.int64), SQUARES[:, : len(answers)])
    return RoundView([np.zeros((len(answers), 1)) if features is None else features], known, sequences=scores)


@pytest.mark.parametrize(
    ("name", "order"),
    [
        # log P: -5 ln 2, -2 ln 2, -4 ln 2, -0.1.
        ("sequence_confidence", [0, 2, 1, 3]),
        # log P / T: -0.25 ln 2 = -0.17, -ln 2 = -0.69, -0.5 ln 2 = -0.35, -0.1.
        ("mnlp", [1, 2, 0, 3]),
        # (1 - P) / T: (31/32) / 20 = 0.048, (3/4) / 2 = 0.375, (15/16) / 8 = 0.117, 0.095.
        ("confidence_per_token", [1, 2, 3, 0]),
        ("sequence_entropy", [0, 2, 1, 3]),
        # 0.2, 0.65, 0.3, 0.3: of equal ones the first.
        ("token_entropy", [1, 2, 3, 0]),
        ("sequence_margin", [1, 2, 3, 0]),
        ("sequence_egl", [3, 1, 2, 0]),
    ],
)
def test_worked_by_hand(name, order):
    assert STRATEGIES[name].select(_view(), 4, [None])[0].tolist() == order


def test_density_leaves_an_oddity_for_what_is_like_others():
    # Twenty-five items in a heap and one far off, a shade more uncertain than all of them.
    features = np.vstack([np.random.default_rng(0).normal(size=(25, 2)), [[60.0, 60.0]], [[0.0, 0.0]]])
    answers = dict.fromkeys(range(25), (-1.0, 2.0, 0.5, 4)) | {"odd": (-1.0, 2.2, 0.5, 4), "known": (-1, 2, 0.5, 4)}
    view = _view(answers, features)
    assert STRATEGIES["sequence_entropy"].select(view, 1, [None])[0, 0] == 25
    assert STRATEGIES["sequence_density"].select(view, 25, [None])[0].tolist().count(25) == 0


@pytest.mark.parametrize("strategy", SEQUENCE_STRATEGIES, ids=lambda one: one.name)
def test_each_is_registered_and_refused_without_sequences(strategy):
    assert STRATEGIES[strategy.name] is strategy
    blind = RoundView([np.zeros((4, 1))], np.full((1, 4), UNLABELLED))
    with pytest.raises(CannotSelectError, match="reads sequences"):
        strategy.choose(blind, 2, [None])
