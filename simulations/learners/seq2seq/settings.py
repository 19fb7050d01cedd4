"""The settings of `seq2seq`, checked before anything runs; nothing heavy is imported."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulations.errors import require_modules, unknown_name
from simulations.learners.neural.settings import check_setting

if TYPE_CHECKING:
    from simulations.learners.seq2seq.learner import Seq2SeqLearner

_RANGES: Mapping[str, tuple[float, float]] = {
    "hidden": (8, 1024),
    "passes": (1, 10_000),
    "least_steps": (0, 1_000_000),
    "learning_rate": (1e-6, 1.0),
    "dropout": (0.0, 0.95),
    "batch_size": (1, 10_000),
    "order_seed": (0, 10**15),
    "start_seed": (0, 10**15),
}


def seq2seq(pretrained: str, order_seed: int = 0, start_seed: int = 0, **numbers: Any) -> "Seq2SeqLearner":
    """Make the learner.

    Args:
        pretrained: one of `pretraining.PRETRAININGS`.
        order_seed: whose order of training, whatever the replicate; 0 for the replicate's own. The loop reads it.
        start_seed: whose weights to begin with, likewise.
        numbers: `hidden` and the fields of `training.Training`.

    Raises:
        InputError: a setting is out of range, or torch is missing.
    """
    require_modules("learner seq2seq", ("torch",), "neural", "to train networks")
    for name, value in {**numbers, "order_seed": order_seed, "start_seed": start_seed}.items():
        low, high = _RANGES[name]
        check_setting("seq2seq", name, value, low <= value <= high, f"{low:,} to {high:,}")
    # Imported here, since the registry of learners is read before what data sets and tasks are.
    from simulations.learners.seq2seq.learner import Seq2SeqLearner
    from simulations.learners.seq2seq.training import PRETRAININGS, StepTraining

    if pretrained not in PRETRAININGS:
        raise unknown_name("value", pretrained, PRETRAININGS, where="learner seq2seq, pretrained")
    hidden = numbers.pop("hidden")
    return Seq2SeqLearner(hidden, StepTraining(**numbers), pretrained)
