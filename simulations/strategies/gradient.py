"""Query strategies on gradients of the loss: expected gradient length, BADGE and BAIT.

The embedding of an item is g ⊗ h: g its probabilities less the one-hot likeliest class (Ash et al. 2020, equation 1), h
the features that the linear head reads. It is never written out: |g ⊗ h| = |g| |h| and ⟨g⊗h, g'⊗h'⟩ = ⟨g, g'⟩⟨h, h'⟩.

Cost for a data set of N items, d features, C classes: N d once for the lengths of the features; then N C each round for
`badge`, and for each pick a few items against the picks so far, d + C for each pair; N C² each round for
`egl_last_layer`. `egl` takes N d C each round for a linear model; of a network C times its weights for each item.
`bait` takes n D² to begin with each round, then n D for each of 2 k picks.

Notation of `bait`
    n, D, k  items in a pool, features and a constant, items to choose
    H        (n, D)  features with a constant
    w        (n,)    Fisher weight of an item, the mean over classes of p (1 − p)
    M        (D, D)  penalty plus the Fisher information of what is labelled or chosen, Σ w h hᵀ
    F        (D, D)  Fisher information of an item of the pool on average
    a, b     (n,)    hᵀ M⁻¹ h and hᵀ M⁻¹ F M⁻¹ h
"""

import numpy as np

from simulations.arrays import ArrayCache, Bools, Ints, Reals
from simulations.strategies import shared
from simulations.strategies.view import CannotSelectError, Landscape, RoundView, Strategy, frozen

_LENGTHS = ArrayCache(lambda X: frozen(np.sqrt(shared.squares_of(X))))


def _badge(view: RoundView, lane: int, k: int, rng: np.random.Generator) -> Ints:
    (X, items), (P, columns) = shared.locate_pool(view, lane), shared.locate_scores(view, lane)
    return spread(P, X, ~view.labelled[lane], k, rng, items, columns)


def spread(
    P: Reals,
    X: Reals,
    left: Bools,
    k: int,
    rng: np.random.Generator,
    items: Ints | None = None,
    columns: Ints | None = None,
) -> Ints:
    """Draw k of the items left, each with probability in proportion to its squared distance to the nearest drawn (D²).

    The first is the item of largest gradient, as in the authors' program. Later ones are drawn from bounds on the
    distances and kept with probability distance over bound, which is exact D² sampling and looks at few items.
    Where every item left coincides with a drawn one, the lowest rows are taken.

    From class-major probabilities P (C, n), features X (n, d) and which items may be drawn, `left` (n,), to distinct
    rows (k,). Where `items` (n,) names rows of X and `columns` (n,) those of P, these are the pool.
    """
    # Frozen whatever they were, since compiled loops are compiled for arrays of one kind.
    X = frozen(np.ascontiguousarray(X))
    P = frozen(np.ascontiguousarray(P, dtype=X.dtype))
    items = np.arange(X.shape[0]) if items is None else items
    columns = np.arange(P.shape[1]) if columns is None else columns
    lengths = _LENGTHS(X)
    bound = np.where(left, np.inf, 0.0)
    from simulations.strategies.kernels import gradients  # here, since it loads numba

    own = gradients.lengths(P)
    # Both of one data set as a rule: to pick once takes half as long.
    norms = (own * lengths)[items] if columns is items else own[columns] * lengths[items]
    first = int(np.where(left, norms, -1.0).argmax())
    chosen = gradients.spread(P, X, frozen(columns), frozen(items), norms, bound, first, k, rng)
    drawn = chosen[chosen >= 0]
    if drawn.size == k:
        return drawn
    return np.concatenate([drawn, np.setdiff1d(np.flatnonzero(left), drawn)[: k - drawn.size]])


BADGE = Strategy(
    name="badge",
    family="gradient",
    paper="Ash, Zhang, Krishnamurthy, Langford & Agarwal 2020, Deep batch active learning by diverse, uncertain "
    "gradient lower bounds",
    needs=frozenset({"features", "probabilities"}),
    summary="Draws items whose loss gradients would be large and unlike one another (k-means++ on gradients).",
    choose=shared.draw_by_lane(_badge),
    version=2,
)


_SQUARES = ArrayCache(shared.squares_of)


def _expected_gradient_length(view: RoundView) -> Reals:
    # In float64: by rounding, a sure model would find all items alike.
    lengths = np.stack([np.sqrt(1.0 + _SQUARES(X).astype(np.float64)) for X in view.features])
    return np.asarray(-shared.measure_items(view, expected_lengths) * lengths)


def expected_lengths(probabilities: Reals) -> Reals:
    """Expected length of the loss gradient by the scores, Σ_y p_y |p − e_y|, (..., C) to (...) in float64.

    Times the length of the features with a constant beside them, it is the expected gradient length of a linear head
    (Settles, Craven & Ray 2007, section 3.1): the gradient for answer y is (p − e_y) ⊗ (h, 1), with e_y one-hot.

    Examples:
        >>> float(expected_lengths(np.array([[0.5, 0.5]]))[0].round(6))
        0.707107
    """
    classes = probabilities.shape[-1]
    squares = np.zeros(probabilities.shape[:-1])
    for c in range(classes):
        squares += probabilities[..., c].astype(np.float64) ** 2
    total = np.zeros_like(squares)
    for c in range(classes):
        p = probabilities[..., c].astype(np.float64)
        # |p − e_y|² = Σ p² − 2 p_y + 1; rounding may leave a sure answer a hair below zero.
        total += p * np.sqrt(np.maximum(squares - 2.0 * p + 1.0, 0.0))
    return total


EGL_LAST_LAYER = Strategy(
    name="egl_last_layer",
    family="expected change",
    paper="Settles, Craven & Ray 2007, Multiple-instance active learning (expected gradient length), of the last layer",
    needs=frozenset({"features", "probabilities"}),
    summary="Asks where the answer, weighed by what the model expects, would change its last layer most.",
    choose=shared.choose_lowest(_expected_gradient_length),
)


def expected_squares(model: Landscape, X: Reals) -> Reals:
    """Expected squared length of the cross-entropy's gradient by all weights, Σ_y p_y |∇_y|², (n, d) to (n,).

    Of a linear model it is (1 + |x|²) (1 − |p|²), since the gradient for answer y is (p − e_y) ⊗ (x, 1).

    Raises:
        CannotSelectError: the model is not linear and does not give it.
    """
    if model.expected_squares is not None:
        return model.expected_squares(X)
    if not model.linear:
        raise CannotSelectError(
            "strategy egl: the learner does not give the gradients of all its weights; allowed: learner linear, "
            "ridge, mlp or cnn, or strategy egl_last_layer"
        )
    X = X.astype(np.float64)
    scores = model.scores(X)
    P = np.exp(scores - scores.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    return np.asarray((1.0 + shared.squares_of(X)) * (P * (1.0 - P)).sum(axis=1))


EGL = Strategy(
    name="egl",
    family="expected change",
    paper="Settles, Craven & Ray 2007, Multiple-instance active learning (expected gradient length); squares, of all "
    "weights, as in the program of Gissin & Shalev-Shwartz 2019",
    needs=frozenset({"features", "gradients"}),
    summary="Asks where the answer, weighed by what the model expects, would change it most; on images often a loser.",
    choose=shared.choose_lowest(
        lambda view: np.stack([-expected_squares(view.landscape(i), X) for i, X in enumerate(view.features)])
    ),
    version=2,  # until 1 it was what is now `egl_last_layer`
)


PENALTY = 1.0
OVERSAMPLED = 2
_PIECE = 4096


def choose_by_fisher(probabilities: Reals, X: Reals, labelled: Bools, k: int) -> Ints:
    """Pick k items so that tr(M⁻¹ F) becomes small: greedily 2 k of them, then the k least missed are given back.

    Ash, Goel, Krishnamurthy & Kakade 2021, algorithm 1. The Fisher information of a softmax head has a block for every
    pair of classes; here the blocks of the classes are replaced by their mean and those between classes by nothing, so
    that matrices have D rows and not C D (exact for two classes). Ties go to the lowest row.

    From probabilities (n, C), features (n, d) and who is labelled (n,) to rows (k,), in the order they were picked.
    """
    P = probabilities.astype(np.float64)
    w = (P * (1.0 - P)).mean(axis=1)
    trace = _Trace(X, w, labelled)
    picks: list[int] = []
    for _ in range(min(OVERSAMPLED * k, int((~labelled).sum()))):
        gain = np.where(trace.free, w * trace.b / (1.0 + w * trace.a), -np.inf)
        picks.append(int(gain.argmax()))
        trace.move(picks[-1], 1.0)
    while len(picks) > k:
        rows = np.array(picks)
        loss = w[rows] * trace.b[rows] / (1.0 - w[rows] * trace.a[rows])
        # Of equals the latest goes, so that what was picked first stays.
        worst = rows.size - 1 - int(loss[::-1].argmin())
        trace.move(picks.pop(worst), -1.0)
    return np.array(picks, dtype=np.int64)


class _Trace:
    """M⁻¹ and what follows from it, brought up to date as single items come and go (Sherman & Morrison 1950)."""

    def __init__(self, X: Reals, w: Reals, labelled: Bools) -> None:
        scale = float(np.sqrt(np.mean(X.astype(np.float64) ** 2))) or 1.0
        # In a scale of their own, so that the penalty means the same for pixels and for embeddings.
        self.H = np.hstack([X / X.dtype.type(scale), np.ones((X.shape[0], 1), X.dtype)])
        self.w, self.free = w, ~labelled
        known = self.H[labelled].astype(np.float64)
        M = PENALTY * np.eye(self.H.shape[1]) + (known * w[labelled, None]).T @ known
        F = np.zeros_like(M)
        for at in range(0, X.shape[0], _PIECE):
            piece = self.H[at : at + _PIECE].astype(np.float64)
            F += (piece * w[at : at + _PIECE, None]).T @ piece
        F /= X.shape[0]
        self.inverse = np.linalg.inv(M)
        self.middle = self.inverse @ F @ self.inverse
        self.a, self.b = (
            np.einsum("ij,ij->i", self.H @ matrix.astype(self.H.dtype), self.H, dtype=np.float64)
            for matrix in (self.inverse, self.middle)
        )

    def move(self, row: int, sign: float) -> None:
        """Take an item up (+1) or give it back (−1)."""
        w, h = sign * self.w[row], self.H[row].astype(np.float64)
        s = w / (1.0 + w * self.a[row])
        v, u, own = self.inverse @ h, self.middle @ h, float(self.b[row])
        along, across = (self.H @ np.column_stack([v, u]).astype(self.H.dtype)).T.astype(np.float64)
        self.b += s * along * (s * own * along - 2.0 * across)
        self.a -= s * along**2
        self.inverse -= s * np.outer(v, v)
        self.middle += s * (s * own * np.outer(v, v) - np.outer(v, u) - np.outer(u, v))
        self.free[row] = sign < 0


BAIT = Strategy(
    name="bait",
    family="fisher",
    paper="Ash, Goel, Krishnamurthy & Kakade 2021, Gone fishing: neural active learning with Fisher embeddings; class "
    "blocks averaged",
    needs=frozenset({"features", "probabilities"}),
    summary="Asks for what leaves the model's weights best known where the pool needs them (trace of Fisher matrices).",
    choose=shared.choose_by_lane(
        lambda view, i, k: choose_by_fisher(view.probabilities[i], view.features[i], view.labelled[i], k)
    ),
)
