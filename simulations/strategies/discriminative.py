"""Strategies that ask for what a classifier tells from the labelled items most easily.

The classifier is a logistic regression of what it reads: raw features, the codes of an autoencoder, or what the model's
last layer reads, which is the representation it has learnt. The paper's own are networks of three layers.

Cost for a pool of n items with d features and m labelled ones: ten times a logistic regression on 11 m items, each of
which is then asked about n items, n d. With codes or embeddings of e numbers, e for d.
"""

import warnings
from dataclasses import replace

import numpy as np

from simulations.arrays import BoolArray, IntArray, RealArray
from simulations.strategies import autoencoder
from simulations.strategies.embedded import on_embeddings
from simulations.strategies.structure import one_thread
from simulations.strategies.view import RoundView, Strategy, Streams

SUB_BATCHES = 10
UNLABELLED_EACH = 10
"""Unlabelled items that the classifier sees for each labelled one."""

_ITERATIONS = 200
_NARROW = 256
"""Features up to which Newton's method is the faster one: it needs three or four steps, of d² an item each."""


def _dal_raw(view: RoundView, k: int, streams: Streams) -> IntArray:
    return np.stack([tell_apart(view.features[i], view.labelled[i], k, rng) for i, rng in enumerate(streams)])


def _dal_autoencoder(view: RoundView, k: int, streams: Streams) -> IntArray:
    codes = (autoencoder.codes(X) for X in view.features)
    return np.stack([tell_apart(Z, view.labelled[i], k, streams[i]) for i, Z in enumerate(codes)])


def tell_apart(X: RealArray, labelled: BoolArray, k: int, rng: np.random.Generator) -> IntArray:
    """Pick k items that look least like labelled ones, in ten sub-batches, each counted as labelled for the next.

    Gissin & Shalev-Shwartz 2019, Discriminative active learning, algorithm 1, with logistic regression for the
    classifier. Ties go to the lowest row; with nothing labelled the first sub-batch is drawn at random.

    From features (n, d) and who is labelled (n,) to rows (k,), in the order they were picked. The generator draws the
    unlabelled items that the classifier sees.
    """
    known, picks = labelled.copy(), np.empty(0, dtype=np.int64)
    for size in np.diff(np.linspace(0, k, min(SUB_BATCHES, k) + 1).round().astype(np.int64)):
        left = np.flatnonzero(~known)
        if not known.any():
            picked = np.sort(rng.choice(left, size, replace=False))
        else:
            unlike = _unlike(X, np.flatnonzero(known), left, rng)
            picked = left[np.argsort(-unlike, kind="stable")[:size]]
        known[picked] = True
        picks = np.concatenate([picks, picked])
    return picks


def _unlike(X: RealArray, known: IntArray, left: IntArray, rng: np.random.Generator) -> RealArray:
    """Give how far each item left lies on the unlabelled side, in log odds, (left,)."""
    from scipy.linalg import LinAlgWarning
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    seen = np.sort(rng.choice(left, min(left.size, UNLABELLED_EACH * known.size), replace=False))
    rows = np.concatenate([known, seen])
    items = X[rows].astype(np.float64)
    scale = float(np.sqrt(np.mean(items**2))) or 1.0
    with one_thread(), warnings.catch_warnings():
        # Where the two are easily told apart the weights may grow for long; the order is settled early.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", LinAlgWarning)
        solver = "newton-cholesky" if X.shape[1] <= _NARROW else "lbfgs"
        model = LogisticRegression(class_weight="balanced", max_iter=_ITERATIONS, solver=solver)
        model.fit(items / scale, np.arange(rows.size) >= known.size)
    return np.asarray(X[left].astype(np.float64) @ (model.coef_[0] / scale))


DAL_RAW = Strategy(
    name="dal_raw",
    family="discriminative",
    paper="Gissin & Shalev-Shwartz 2019, Discriminative active learning (on raw features)",
    needs=frozenset({"features"}),
    summary="Asks for what a classifier tells from the labelled items most easily, in ten sub-batches.",
    choose=_dal_raw,
    version=2,
)
DAL = replace(
    on_embeddings(DAL_RAW),
    name="dal",
    paper="Gissin & Shalev-Shwartz 2019, Discriminative active learning, algorithm 1",
    summary="Asks for what a classifier of what the model has learnt tells from the labelled items most easily.",
)
DAL_AUTOENCODER = replace(
    DAL_RAW,
    name="dal_autoencoder",
    paper="Gissin & Shalev-Shwartz 2019, Discriminative active learning (on an autoencoder's codes); autoencoder: "
    "Hinton & Salakhutdinov 2006",
    summary="Asks for what a classifier of an autoencoder's codes tells from the labelled items most easily.",
    choose=_dal_autoencoder,
    loads=autoencoder.LOADS,
)
