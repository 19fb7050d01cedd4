"""Pre-training: the same network trained on further examples before any label is bought.

Further examples are never items of the data set, so no answer that is bought or scored is known in advance.
"""

from functools import lru_cache

import numpy as np

from simulations.arrays import Features
from simulations.datasets.generation import Examples, GenerationData
from simulations.errors import InputError
from simulations.learners.seq2seq.network import Shape, draw_weights
from simulations.learners.seq2seq.training import Training, train
from simulations.learners.seq2seq.vocabulary import Vocabulary
from simulations.tasks.task import TaskData
from simulations.trajectory import stream

NO_PRETRAINING, OVERLAPPING, DISJOINT = "none", "overlapping", "disjoint"
PRETRAININGS = (NO_PRETRAINING, OVERLAPPING, DISJOINT)
"""None; on examples from where the items are from; on examples from elsewhere (other first letters, other numbers)."""

FEWEST = 200
_PASSES = 10


def further_examples(data: TaskData, which: str) -> Examples:
    """Give what a model is pre-trained on.

    Args:
        data: the data set.
        which: `overlapping` or `disjoint`.

    Raises:
        InputError: there are fewer than `FEWEST`.
    """
    found = Examples()
    if isinstance(data, GenerationData):
        found = data.overlapping if which == OVERLAPPING else data.disjoint
    if len(found.items) < FEWEST:
        where = "first to last, or low to high" if which == DISJOINT else "the number of items"
        raise InputError(
            f"learner seq2seq, pretrained: found '{which}', and the data set leaves {len(found.items)} such examples; "
            f"allowed: at least {FEWEST}; narrow {where} of the data set, or take 'none'"
        )
    return found


@lru_cache(maxsize=4)
def pretrained(examples: Examples, vocabulary: Vocabulary, shape: Shape, how: Training) -> Features:
    """Train a network on further examples; kept, as every round of every replicate begins with it.

    The same draws serve everyone: a pre-trained model is one model, whoever takes it.

    Returns:
        θ, not to be written to.
    """
    content = "pre-training", list(examples.items)
    weights = draw_weights(shape, stream(*content, "start"))
    alike = Training(_PASSES, 0, how.learning_rate, how.dropout, how.batch_size)
    order: np.random.Generator = stream(*content, "order")
    weights, _ = train(weights, shape, vocabulary, examples.items, examples.answers, alike, order)
    weights.flags.writeable = False
    return weights
