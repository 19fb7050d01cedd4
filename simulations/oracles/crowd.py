"""Annotators who differ in skill and answer many items: who answers which, and how their votes are aggregated.

Notation: n items; A annotators; m votes of an item; C classes.
"""

import warnings
from importlib.util import find_spec

import numpy as np

from simulations.arrays import FloatArray, IntArray
from simulations.config_values import quote_value
from simulations.errors import InputError

AGGREGATIONS = ("plurality", "dawid_skene")
MOST_ANNOTATORS = 1_000

_NUMBERS_AT_ONCE = 4_000_000
_ROUNDING = 1e-9
_NOT_INSTALLED = (
    "oracle votes, aggregation: dawid_skene needs crowd-kit, which is not installed; install labelplan with its extra "
    "'votes'"
)


def check_crowd(*, rate: float, votes: int, annotators: int, skill_spread: float, aggregation: str) -> None:
    """Refuse a crowd that cannot answer.

    Raises:
        InputError: names the setting, what was found and what is allowed; or crowd-kit is not installed.
    """
    if not 0 <= annotators <= MOST_ANNOTATORS:
        raise _fault("annotators", annotators, f"0 (nobody votes twice) to {MOST_ANNOTATORS}")
    if annotators and votes > annotators:
        raise _fault("votes", votes, f"at most the {annotators} annotators, of whom each votes once on an item")
    most = min(rate, 1 - rate) if annotators > 1 else 0.0
    if not 0 <= skill_spread <= most + _ROUNDING:
        why = f", so that error rates of {rate:g} ± spread are fractions" if annotators > 1 else " without annotators"
        raise _fault("skill_spread", skill_spread, (f"0 to {most:g}" if annotators > 1 else "0") + why)
    if aggregation not in AGGREGATIONS:
        raise _fault("aggregation", aggregation, ", ".join(AGGREGATIONS))
    if aggregation == "dawid_skene":
        if annotators < 2:
            raise _fault("annotators", annotators, "at least 2 with dawid_skene, which learns who errs")
        if find_spec("crowdkit") is None:
            raise InputError(_NOT_INSTALLED)


def _fault(name: str, found: object, allowed: str) -> InputError:
    return InputError(f"oracle votes, {name}: found {quote_value(found)}; allowed: {allowed}")


def error_rates(annotators: int, rate: float, spread: float) -> FloatArray:
    """Give each annotator's error rate, (A,): evenly from `rate` − `spread` to `rate` + `spread`, so `rate` on average.

    >>> error_rates(3, 0.3, 0.2).round(6).tolist()
    [0.1, 0.3, 0.5]
    """
    return np.asarray(np.clip(np.linspace(rate - spread, rate + spread, annotators), 0.0, 1.0))


def ask_annotators(
    labels: IntArray, classes: int, annotators: int, votes: int, rate: float, spread: float, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Ask `votes` annotators about every item, drawn at random without anybody answering an item twice.

    A wrong answer is any other class, all equally likely. The labels (n,) are the right answers; the annotators' rates
    are those of `error_rates`.

    Returns:
        Who was asked and what each said, both (n, m).
    """
    step = max(1, _NUMBERS_AT_ONCE // annotators)
    # Rows are drawn in their order, so how many at once makes no difference.
    blocks = [(min(step, labels.size - at), annotators) for at in range(0, labels.size, step)]
    who = np.concatenate([np.argsort(rng.random(block), axis=1)[:, :votes] for block in blocks])
    wrong = rng.random(who.shape) < error_rates(annotators, rate, spread)[who]
    shift = rng.integers(1, classes, size=who.shape)
    return who, np.where(wrong, (labels[:, None] + shift) % classes, labels[:, None])


def dawid_skene(who: IntArray, said: IntArray, classes: int, rng: np.random.Generator) -> IntArray:
    """Weigh each answer by what its annotator's other answers tell of them, learned without knowing any truth.

    Dawid & Skene 1979 (Applied Statistics 28:20), as crowd-kit fits it: expectation maximisation from the plurality.
    All items are put together at once, so that early rounds of a campaign profit from what later ones tell of the
    annotators.

    Args:
        who: shape (n, m), annotators.
        said: shape (n, m), their answers.
        classes: C; a class that nobody said is nobody's answer.
        rng: breaks ties, all equally likely.

    Returns:
        Shape (n,).

    Raises:
        InputError: crowd-kit is not installed.
    """
    try:
        from crowdkit.aggregation import DawidSkene
    except ImportError as error:
        raise InputError(_NOT_INSTALLED) from error
    import pandas as pd

    items, votes = said.shape
    task = np.repeat(np.arange(items), votes)
    answers = pd.DataFrame({"task": task, "worker": who.ravel(), "label": said.ravel()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crowd-kit calls pandas in ways that newer versions will not know
        chances = DawidSkene(n_iter=100).fit_predict_proba(answers)
    likely = chances.reindex(index=range(items), columns=range(classes), fill_value=0.0).to_numpy(dtype=np.float64)
    best = likely >= likely.max(axis=1, keepdims=True) - _ROUNDING
    return np.asarray((best * (1 + rng.random(best.shape))).argmax(axis=1), dtype=np.int64)
