"""What the tagger reads of a word: itself, its beginning, its ending and its shape, and the like of its neighbours.

A word's description depends on its spelling alone and is hashed once for each different word; a token's is the sum of
its word's and its neighbours'.

Notation
    S, N, V   sentences, tokens, different words (number V stands for no word: before the first and after the last)
    B         buckets that descriptions are hashed into
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from simulations.arrays import IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Words = tuple[str, ...]

BUCKETS = 2**18
"""So many that two descriptions of a data set seldom share one."""

_BEGINNINGS = (1, 2, 3)
_ENDINGS = (1, 2, 3, 4)
_NEIGHBOUR_ENDING = 3
_BIAS = "always"


@dataclass(frozen=True)
class Described:
    """The tokens of a data set.

    Args:
        matrix: (N, B), how often each description holds of a token, sentence after sentence.
        starts: (S + 1,), the first token of each sentence, and N.
    """

    matrix: "csr_array"
    starts: IntArray


@lru_cache(maxsize=2)
def describe(sentences: tuple[Words, ...]) -> Described:
    """Describe every token of a data set by hashed features of its window; the last two data sets are kept.

    The window: Ratnaparkhi 1996, A maximum entropy model for part-of-speech tagging. The hashing: Weinberger et al.
    2009, Feature hashing for large scale multitask learning.

    Args:
        sentences: S sentences of at least one word each.
    """
    forms = {word: code for code, word in enumerate(dict.fromkeys(chain.from_iterable(sentences)))}
    own, before, after = (_hashed(forms, place) for place in (_own, _before, _after))
    word = np.array([forms[w] for words in sentences for w in words])
    starts = np.concatenate([[0], np.cumsum([len(words) for words in sentences])])
    # Of each token its neighbour, and beyond a sentence's ends the word that is none.
    left, right = np.roll(word, 1), np.roll(word, -1)
    left[starts[:-1]] = right[starts[1:] - 1] = len(forms)
    return Described((own[word] + before[left] + after[right]).tocsr(), starts)


def shape_of(word: str) -> str:
    """Give a word's shape: capitals as X, small letters as x, digits as d, each run written once.

    Examples:
        >>> shape_of("McDonald's"), shape_of("2,500"), shape_of("...")
        ("XxXx'x", 'd,d', '.')
    """
    # Capitals first: an alphabet without them has small letters only.
    kinds = "".join("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word)
    return re.sub(r"(.)\1+", r"\1", kinds)


def _own(word: str) -> Iterator[str]:
    lower = word.lower()
    yield _BIAS
    yield f"word {word}"
    yield f"lower {lower}"
    yield f"shape {shape_of(word)}"
    yield from (f"begins {lower[:n]}" for n in _BEGINNINGS if n < len(lower))
    yield from (f"ends {lower[-n:]}" for n in _ENDINGS if n < len(lower))


def _neighbour(side: str, word: str) -> Iterator[str]:
    lower = word.lower()
    yield f"{side} {lower}"
    yield f"{side} ends {lower[-_NEIGHBOUR_ENDING:]}"
    yield f"{side} shape {shape_of(word)}"


def _before(word: str) -> Iterator[str]:
    return _neighbour("before", word)


def _after(word: str) -> Iterator[str]:
    return _neighbour("after", word)


def _hashed(forms: Iterable[str], place: Callable[[str], Iterator[str]]) -> "csr_array":
    """Hash what holds of every word at one place of the window, and what holds where there is none: (V + 1, B)."""
    from scipy.sparse import csr_array
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(BUCKETS, input_type="string", alternate_sign=False)
    nothing = [f"{place.__name__} nothing"]
    return csr_array(hasher.transform(chain(map(place, forms), [nothing])))
