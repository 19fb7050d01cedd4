"""Tagged sentences as a data set, with a vector for each sentence that distances are measured in.

Notation
    S      sentences
    d      numbers in a sentence's vector
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError
from simulations.tasks.task import TaskData

Words = tuple[str, ...]
Tags = tuple[int, ...]

DIMENSIONS = 50
FEWEST_SENTENCES = 20
"""What is held out at least, and what is left in the pool at least."""

_BUCKETS = 4096
_ENDING = 3


def tagged(sentences: Sequence[Words], tags: Sequence[Tags], outputs: int, test_size: int) -> TaskData:
    """Make a data set of tagging.

    Args:
        sentences: S sentences of at least one word each.
        tags: for each the number of each word's tag, from 0.
        outputs: different tags.
        test_size: sentences held out of every pool.
    """
    return TaskData(
        task="tagging",
        kind="sequence",
        items=tuple(sentences),
        answers=tuple(tags),
        features=sentence_vectors(sentences),
        lengths=np.array([len(words) for words in sentences], dtype=np.int64),
        outputs=outputs,
        test_size=test_size,
    )


def checked_held_out(name: str, test_size: int, sentences: int) -> int:
    """Give the number of held-out sentences back when it leaves a pool.

    Raises:
        InputError: it does not, or there are too few sentences for any.
    """
    most = sentences - FEWEST_SENTENCES
    if most < FEWEST_SENTENCES:
        raise InputError(f"{name}: has {sentences} sentences; allowed: at least {2 * FEWEST_SENTENCES}")
    if not FEWEST_SENTENCES <= test_size <= most:
        raise InputError(f"{name}, test_size: found {test_size}; allowed: {FEWEST_SENTENCES} to {most:,}")
    return test_size


def sentence_vectors(sentences: Sequence[Words]) -> npt.NDArray[np.float32]:
    """Describe sentences by what they are made of, without a model and without a tag.

    A word is a hashed vector of itself and its ending in lower case (Weinberger et al. 2009, Feature hashing for large
    scale multitask learning); a sentence is the mean of its words', reduced by a truncated singular value
    decomposition (latent semantic analysis: Deerwester et al. 1990).

    Args:
        sentences: S sentences of at least one word each.

    Returns:
        Shape (S, d), d being `DIMENSIONS` or, of so few sentences, one less than there are; the same each time.
    """
    from scipy.sparse import diags_array
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    counts = FeatureHasher(_BUCKETS, input_type="string").transform(map(_parts, sentences))
    means = diags_array([1 / len(words) for words in sentences]) @ counts
    dimensions = min(DIMENSIONS, len(sentences) - 1)
    # Sums over several threads end in another order each time, so bits are kept by using one.
    with threadpool_limits(limits=1):
        _, _, axes = randomized_svd(means, dimensions, n_iter=5, random_state=0)
        vectors: npt.NDArray[np.float32] = (means @ axes.T).astype(np.float32)
    return vectors


def _parts(words: Words) -> list[str]:
    return list(chain.from_iterable((f"w{word.lower()}", f"e{word.lower()[-_ENDING:]}") for word in words))
