"""Texts as features by the words they hold: TF-IDF, and its main directions (latent semantic analysis).

Deerwester et al. 1990, Indexing by latent semantic analysis, with the weights of Salton & Buckley 1988. All texts are
read, held-out ones too, as they are by an encoder: no label is.
"""

from collections.abc import Sequence

import numpy as np

from simulations.arrays import Singles
from simulations.errors import InputError
from simulations.threads import one_blas_thread

DIRECTIONS = 128
MOST_WORDS = 50_000
_SEED = 0


def word_features(texts: Sequence[str], called: str) -> Singles:
    """Give features of texts, (n, d) with d at most `DIRECTIONS`, rows of length 1 but for texts without a known word.

    Words and pairs of words that stand in two texts at least count, the `MOST_WORDS` most frequent of them.

    Raises:
        InputError: fewer than two words are shared by texts.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    reader = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2), max_features=MOST_WORDS)
    try:
        weights = reader.fit_transform(texts)
    except ValueError:  # scikit-learn's word for an empty vocabulary
        weights = None
    if weights is None or min(weights.shape) < 3:
        raise InputError(f"{called}: found hardly a word that two texts share; allowed: texts of words")
    with one_blas_thread():
        directions = TruncatedSVD(min(DIRECTIONS, min(weights.shape) - 1), random_state=_SEED).fit_transform(weights)
    length = np.linalg.norm(directions, axis=1, keepdims=True)
    found: Singles = np.divide(directions, length, out=np.zeros_like(directions), where=length > 0).astype(np.float32)
    return found
