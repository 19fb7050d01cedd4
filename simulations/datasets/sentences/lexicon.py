"""The words of a made-up language: which tag says them, how often, and how they are spelt.

Notation: K tags, V words; words are numbered from 0, those of the first tag first.
"""

from dataclasses import dataclass

import numpy as np

from simulations.arrays import IntArray

_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "kl", "st", "tr")
_NUCLEI = ("a", "e", "i", "o", "u", "ai", "ou")
_CODAS = ("n", "r", "s", "l", "m", "t")
_OPENNESS = 1.5
"""Deviation of the logarithm of a tag's share of the words: some tags say a few words, others thousands."""

_FEWEST = 2


@dataclass(frozen=True)
class Lexicon:
    """Who says what.

    Args:
        forms: V spellings, all different.
        of_tag: for each tag the words it says, the most frequent first.
    """

    forms: tuple[str, ...]
    of_tag: tuple[IntArray, ...]


def make_lexicon(words: int, tags: int, ambiguity: float, morphology: float, rng: np.random.Generator) -> Lexicon:
    """Divide words among tags, give some a second tag, and spell them.

    Args:
        words: V.
        tags: K.
        ambiguity: chance of a word to belong to a second tag, whose words it joins at any rank.
        morphology: chance of a word to end as words of its first tag do.
        rng: draws everything.
    """
    shares = rng.dirichlet(rng.lognormal(0, _OPENNESS, tags))
    counts = _FEWEST + rng.multinomial(words - _FEWEST * tags, shares)
    home = np.repeat(np.arange(tags), counts)
    second = (home + rng.integers(1, tags, size=words)) % tags
    joins = rng.random(words) < ambiguity
    of_tag = tuple(_ranked(np.flatnonzero(home == k), np.flatnonzero(joins & (second == k)), rng) for k in range(tags))
    endings = _endings(tags, rng)
    # A word that does not end as its tag's do ends as any tag's do, and misleads.
    ends = np.where(rng.random(words) < morphology, home, rng.integers(tags, size=words))
    return Lexicon(_spell([endings[k] for k in ends], rng), of_tag)


def _ranked(own: IntArray, guests: IntArray, rng: np.random.Generator) -> IntArray:
    """Lay guests among a tag's own words, at ranks drawn evenly."""
    return np.insert(own, np.sort(rng.integers(0, len(own) + 1, size=len(guests))), rng.permutation(guests))


def _endings(tags: int, rng: np.random.Generator) -> list[str]:
    """Draw a different ending for each tag: nucleus and coda, and an onset before them where those run out."""
    every = [f"{nucleus}{coda}" for nucleus in _NUCLEI for coda in _CODAS]
    every += [f"{onset}{ending}" for onset in _ONSETS for ending in every]
    shortest = max(tags, len(_NUCLEI) * len(_CODAS))
    return [every[at] for at in rng.permutation(shortest)[:tags]]


def _spell(endings: list[str], rng: np.random.Generator) -> tuple[str, ...]:
    """Put one to three syllables before each ending, and one more for as long as the word is taken."""
    spelt: dict[str, None] = {}
    for ending, syllables in zip(endings, rng.integers(1, 4, size=len(endings)), strict=True):
        form = _syllables(int(syllables), rng) + ending
        while form in spelt:
            form = _syllables(1, rng) + form
        spelt[form] = None
    return tuple(spelt)


def _syllables(count: int, rng: np.random.Generator) -> str:
    onsets, nuclei = rng.integers(len(_ONSETS), size=count), rng.integers(len(_NUCLEI), size=count)
    return "".join(_ONSETS[o] + _NUCLEI[n] for o, n in zip(onsets, nuclei, strict=True))
