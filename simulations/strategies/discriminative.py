"""Strategies that ask for what a classifier tells from the labelled items most easily.

`dal` and `dal_stochastic` are the paper's: the classifier is a network of three hidden layers (`perceptron`), and reads
what the model's last layer reads, the representation it has learnt; with a linear model that is the raw features. In
`dal_linear`, `dal_raw` and `dal_autoencoder` it is a logistic regression, of that representation, of raw features, or
of the codes of an autoencoder. It can only ask for what lies far out in one direction. The autoencoder is trained on
all items of a pool without a label, once for each pool.

Cost for a pool of n items with d features and m labelled ones: ten times a network or a logistic regression on 11 m
items; the latter is then asked about n items, n d. With codes or embeddings of e numbers, e for d. The autoencoder with
H units takes about 10 (d + e) H for each item a step sees, `BATCH` of them, for 60 rounds of the pool or 2,000 steps,
whichever comes first; then 2 n (d + e) H once.

Notation
    n, d     items in the pool, features
    H, e     units of the autoencoder's hidden layers, numbers of a code
    W        weights and biases of its four layers d → H → e → H → d, one after the other
"""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simulations.arrays import Bools, Ints, Reals, Singles
from simulations.errors import require_modules
from simulations.strategies.perceptron import tell_apart
from simulations.strategies.shared import PoolCache, draw_by_lane, on_embeddings
from simulations.strategies.view import Select, Strategy
from simulations.threads import one_blas_thread
from simulations.trajectory import philox

if TYPE_CHECKING:
    from torch import Tensor


UNITS = 128
CODE = 32
"""Numbers of a code at most; half as many as features where that is fewer."""

BATCH = 128
ROUNDS, STEPS = 60, 2_000
RATE = 0.002


def autoencoder_codes(X: Reals) -> Reals:
    """Give the codes of a pool's items X (n, d), centred: (n, e), float32; an InputError if torch is not installed.

    Hinton & Salakhutdinov 2006, Reducing the dimensionality of data with neural networks, with rectified units and
    Adam in place of their layerwise pre-training.
    """
    require_modules("strategy dal_autoencoder", ("torch",), "neural", "to train a network of its own")
    return np.asarray(_CODES(X)[0])


def train_autoencoder(X: Reals) -> Reals:
    """Train on all items X (n, d); gives their codes, (n, e)."""
    import torch

    from simulations.learners.neural.network import Adam, block_slices, deterministic_arithmetic

    n, d = X.shape
    scale = float(np.sqrt(np.mean(X.astype(np.float64) ** 2))) or 1.0
    items = torch.from_numpy((X / scale).astype(np.float32))
    rng = philox(0)
    W = [torch.from_numpy(drawn).requires_grad_() for drawn in _initial(d, min(CODE, max(1, d // 2)), rng)]
    adam = Adam(W, RATE, 0.0)
    with deterministic_arithmetic(), torch.no_grad():
        for rows in _batches(n, rng):
            seen = items[rows]
            with torch.enable_grad():
                again = (_encode(seen, W) @ W[4] + W[5]).relu() @ W[6] + W[7]
                loss = (again - seen).square().mean()
            adam.step(torch.autograd.grad(loss, W))
        codes: Reals = torch.cat([_encode(items[rows], W) for rows in block_slices(n, 8192)]).numpy()
    return codes


_CODES = PoolCache(lambda X: (train_autoencoder(X),))


def _batches(n: int, rng: np.random.Generator) -> "list[Tensor]":
    """Rows of each step: the pool in a new order each round."""
    import torch

    steps: list[Tensor] = []
    for _ in range(ROUNDS):
        steps += torch.split(torch.from_numpy(rng.permutation(n)), BATCH)
        if len(steps) >= STEPS:
            break
    return steps[:STEPS]


def _initial(d: int, e: int, rng: np.random.Generator) -> list[Singles]:
    """Draw weights of variance 2 ÷ in, 1 ÷ in before what is not rectified (He et al. 2015, equation 10)."""
    W: list[Singles] = []
    for i, o, gain in ((d, UNITS, 2.0), (UNITS, e, 1.0), (e, UNITS, 2.0), (UNITS, d, 1.0)):
        drawn = rng.standard_normal((i, o), dtype=np.float32) * np.float32(np.sqrt(gain / i))
        W += [drawn, np.zeros(o, np.float32)]
    return W


def _encode(items: "Tensor", W: "list[Tensor]") -> "Tensor":
    return (items @ W[0] + W[1]).relu() @ W[2] + W[3]


SUB_BATCHES = 10
UNLABELLED_EACH = 10
"""Unlabelled items that the classifier sees for each labelled one; the network chooses among these alone."""

TEMPERATURE = 0.01
"""Of the stochastic variant, as in the authors' program."""

_ITERATIONS = 200
_NARROW = 256
"""Features up to which Newton's method is the faster one: it needs three or four steps, of d² an item each."""


Ask = Callable[[Reals, Ints, Ints, int, np.random.Generator], Ints]
"""Items (n, d), rows that are labelled, rows that may be asked for, how many, and a generator, to rows chosen."""


def _tell_apart_by(ask: Ask, read: Callable[[Reals], Reals] = lambda X: X) -> Select:
    """Ask for what is told apart by what is read of the features."""
    return draw_by_lane(
        lambda view, lane, k, rng: choose_told_apart(read(view.features[lane]), view.labelled[lane], k, rng, ask)
    )


def choose_told_apart(X: Reals, labelled: Bools, k: int, rng: np.random.Generator, ask: Ask) -> Ints:
    """Pick k items that look least like labelled ones, in ten sub-batches, each counted as labelled for the next.

    Gissin & Shalev-Shwartz 2019, Discriminative active learning, algorithm 1. With nothing labelled the first sub-batch
    is drawn at random.

    From features (n, d) and who is labelled (n,) to rows (k,), in the order they were picked. The generator draws the
    unlabelled items that the classifier sees, and what the classifier draws.
    """
    known, picks = labelled.copy(), np.empty(0, dtype=np.int64)
    for size in np.diff(np.linspace(0, k, min(SUB_BATCHES, k) + 1).round().astype(np.int64)):
        left = np.flatnonzero(~known)
        if known.any():
            picked = ask(X, np.flatnonzero(known), left, int(size), rng)
        else:
            picked = np.sort(rng.choice(left, size, replace=False))
        known[picked] = True
        picks = np.concatenate([picks, picked])
    return picks


def ask_network(X: Reals, known: Ints, left: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Ask for the items seen that a network finds unlabelled most surely; ties go to the lowest row."""
    seen = _draw_seen(known, left, size, rng)
    return np.asarray(seen[np.argsort(-_network_odds(X, known, seen, rng), kind="stable")[:size]])


def draw_by_network(X: Reals, known: Ints, left: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Draw among the items seen, with chances that grow as exp(p ÷ 0.01) with the network's p of being unlabelled."""
    from scipy.special import expit

    seen = _draw_seen(known, left, size, rng)
    p = expit(_network_odds(X, known, seen, rng).astype(np.float64))
    chances = np.exp((p - p.max()) / TEMPERATURE)
    return rng.choice(seen, size, replace=False, p=chances / chances.sum())


def _network_odds(X: Reals, known: Ints, seen: Ints, rng: np.random.Generator) -> Reals:
    rows = np.concatenate([known, seen])
    return tell_apart(X[rows], np.arange(rows.size) >= known.size, rng)[known.size :]


def _draw_seen(known: Ints, left: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Draw ten unlabelled items for each labelled one, ascending; where that is fewer than are asked for, that many."""
    return np.sort(rng.choice(left, min(left.size, max(UNLABELLED_EACH * known.size, size)), replace=False))


def ask_line(X: Reals, known: Ints, left: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Ask for what lies farthest on the unlabelled side of a logistic regression, of all that is left."""
    return np.asarray(left[np.argsort(-_unlike(X, known, left, rng), kind="stable")[:size]])


def _unlike(X: Reals, known: Ints, left: Ints, rng: np.random.Generator) -> Reals:
    """Give how far each item left lies on the unlabelled side, in log odds, (left,)."""
    from scipy.linalg import LinAlgWarning
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    seen = np.sort(rng.choice(left, min(left.size, UNLABELLED_EACH * known.size), replace=False))
    rows = np.concatenate([known, seen])
    items = X[rows].astype(np.float64)
    scale = float(np.sqrt(np.mean(items**2))) or 1.0
    with one_blas_thread(), warnings.catch_warnings():
        # Where the two are easily told apart the weights may grow for long; the order is settled early.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", LinAlgWarning)
        solver = "newton-cholesky" if X.shape[1] <= _NARROW else "lbfgs"
        model = LogisticRegression(class_weight="balanced", max_iter=_ITERATIONS, solver=solver)
        model.fit(items / scale, np.arange(rows.size) >= known.size)
    return np.asarray(X[left].astype(np.float64) @ (model.coef_[0] / scale))


_BY_NETWORK = Strategy(
    name="dal",
    family="discriminative",
    paper="Gissin & Shalev-Shwartz 2019, Discriminative active learning, algorithm 1",
    needs=frozenset({"features"}),
    summary="Asks for what a network finds unlike the labelled items in what the model has learnt, in ten sub-batches.",
    choose=_tell_apart_by(ask_network),
    version=3,  # until 2 it was what is now `dal_linear`
)
DAL = on_embeddings(_BY_NETWORK)
DAL_STOCHASTIC = on_embeddings(
    replace(
        _BY_NETWORK,
        name="dal_stochastic",
        paper="Gissin & Shalev-Shwartz 2019, Discriminative active learning, sampled as in their program",
        summary="Draws items by how surely a network finds them unlike the labelled ones, in ten sub-batches.",
        choose=_tell_apart_by(draw_by_network),
        version=1,
    )
)
DAL_RAW = Strategy(
    name="dal_raw",
    family="discriminative",
    paper="after Gissin & Shalev-Shwartz 2019, Discriminative active learning; logistic regression on raw features",
    needs=frozenset({"features"}),
    summary="Asks for what a linear classifier tells from the labelled items most easily, in ten sub-batches.",
    choose=_tell_apart_by(ask_line),
    version=2,
)
DAL_LINEAR = replace(
    on_embeddings(DAL_RAW),
    name="dal_linear",
    paper="after Gissin & Shalev-Shwartz 2019, Discriminative active learning; logistic regression for their network",
    summary="Asks for what a linear classifier of what the model has learnt tells from the labelled items most easily.",
)
DAL_AUTOENCODER = replace(
    DAL_RAW,
    name="dal_autoencoder",
    paper="after Gissin & Shalev-Shwartz 2019, Discriminative active learning; logistic regression on an autoencoder's "
    "codes; autoencoder: Hinton & Salakhutdinov 2006",
    summary="Asks for what a linear classifier of an autoencoder's codes tells from the labelled items most easily.",
    choose=_tell_apart_by(ask_line, autoencoder_codes),
    loads=("torch",),
)
