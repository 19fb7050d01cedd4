"""Generated tagging tasks: a hidden Markov chain of tags that says words of a made-up language.

Tags follow one another by a transition matrix; each says words of its own lexicon, the first of them often and most
of them rarely; some words belong to two tags, and only their neighbours tell which is meant (Rabiner 1989, A tutorial
on hidden Markov models; word frequencies: Zipf 1949, Human behavior and the principle of least effort).

Notation
    S, K, V   sentences, tags, words of the language, numbered from 0, those of the first tag first
    A         (K, K) transition shares, row by row what follows a tag
    p         (K,) shares that tags are drawn around
    n         (S,) lengths of the sentences
    tags      (S, longest) tag numbers; what lies beyond a sentence's length is not read
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from simulations.arrays import Floats, Ints
from simulations.datasets.dataset import check_knob, knob_entry
from simulations.datasets.sentences import MOST_TOKENS, check_held_out, tagging_data
from simulations.tasks.task import TaskData

_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "kl", "st", "tr")
_NUCLEI = ("a", "e", "i", "o", "u", "ai", "ou")
_CODAS = ("n", "r", "s", "l", "m", "t")
_OPENNESS = 1.5
"""Deviation of the logarithm of a tag's share of the words: some tags say a few words, others thousands."""

_FEWEST = 2  # words of a tag
_RANGES = {
    "sentences": (50, 100_000),
    "words": (20, 200_000),
    "tags": (2, 100),
    "length": (2.0, 200.0),
    "ambiguity": (0.0, 1.0),
    "morphology": (0.0, 1.0),
    "imbalance": (0.0, 3.0),
    "seed": (0, 10**15),
}
_PULL = 0.5
"""Of a row of A towards p: the smaller, the fewer tags follow a tag, and the more neighbours tell."""

_SPREAD = 0.4
"""Standard deviation of the logarithm of a sentence's length, about what news sentences have."""

_LONGEST = 4.0
"""Longest sentence allowed, in mean lengths."""


@dataclass(frozen=True)
class Lexicon:
    """The V spellings of the language, all different, and for each tag the words it says, the most frequent first."""

    forms: tuple[str, ...]
    of_tag: tuple[Ints, ...]


def make_lexicon(knobs: "TagKnobs", rng: np.random.Generator) -> Lexicon:
    """Divide words among tags, give some a second tag, whose words they join at any rank, and spell them."""
    words, tags = knobs.words, knobs.tags
    shares = rng.dirichlet(rng.lognormal(0, _OPENNESS, tags))
    counts = _FEWEST + rng.multinomial(words - _FEWEST * tags, shares)
    home = np.repeat(np.arange(tags), counts)
    second = (home + rng.integers(1, tags, size=words)) % tags
    joins = rng.random(words) < knobs.ambiguity
    of_tag = []
    for k in range(tags):
        # Guests lie among a tag's own words, at ranks drawn evenly.
        own, guests = np.flatnonzero(home == k), np.flatnonzero(joins & (second == k))
        places = np.sort(rng.integers(0, len(own) + 1, size=len(guests)))
        of_tag.append(np.insert(own, places, rng.permutation(guests)))
    endings = _draw_endings(tags, rng)
    # A word that does not end as its tag's do ends as any tag's do, and misleads.
    ends = np.where(rng.random(words) < knobs.morphology, home, rng.integers(tags, size=words))
    return Lexicon(_spell_words([endings[k] for k in ends], rng), tuple(of_tag))


def _draw_endings(tags: int, rng: np.random.Generator) -> list[str]:
    """Draw a different ending for each tag: nucleus and coda, and an onset before them where those run out."""
    every = [f"{nucleus}{coda}" for nucleus in _NUCLEI for coda in _CODAS]
    every += [f"{onset}{ending}" for onset in _ONSETS for ending in every]
    shortest = max(tags, len(_NUCLEI) * len(_CODAS))
    return [every[at] for at in rng.permutation(shortest)[:tags]]


def _spell_words(endings: list[str], rng: np.random.Generator) -> tuple[str, ...]:
    """Put one to three syllables before each ending, and one more for as long as the word is taken."""
    spelt: dict[str, None] = {}
    for ending, syllables in zip(endings, rng.integers(1, 4, size=len(endings)), strict=True):
        form = _draw_syllables(int(syllables), rng) + ending
        while form in spelt:
            form = _draw_syllables(1, rng) + form
        spelt[form] = None
    return tuple(spelt)


def _draw_syllables(count: int, rng: np.random.Generator) -> str:
    onsets, nuclei = rng.integers(len(_ONSETS), size=count), rng.integers(len(_NUCLEI), size=count)
    return "".join(_ONSETS[o] + _NUCLEI[n] for o, n in zip(onsets, nuclei, strict=True))


@dataclass(frozen=True)
class TagKnobs:
    """The settings of a generated tagging task.

    Args:
        sentences: sentences in all, held-out ones included.
        words: words of the language; more leave more words unseen.
        tags: different tags.
        length: mean tokens of a sentence.
        ambiguity: share of words that belong to a second tag as well; more make context count.
        morphology: share of words whose ending is their tag's; fewer make unseen words harder.
        imbalance: Zipf exponent of the shares tags are drawn around; 0 is balanced, 2 makes the last tags rare.
        seed: of the generator; the replicates of a grid share the task.
        test_size: sentences held out of every pool.
    """

    sentences: int = 3000
    words: int = 6000
    tags: int = 12
    length: float = 15.0
    ambiguity: float = 0.3
    morphology: float = 0.6
    imbalance: float = 1.0
    seed: int = 0
    test_size: int = 800

    def __post_init__(self) -> None:
        require = partial(check_knob, "synthetic-tags", self)
        for name, (low, high) in _RANGES.items():
            require(name, low <= getattr(self, name) <= high, f"{low} to {high:,}")
        require("words", self.words >= 5 * self.tags, f"at least 5 a tag: {5 * self.tags}")
        tokens = f"at most {MOST_TOKENS // self.length:,.0f} of such a length"
        require("sentences", self.sentences * self.length <= MOST_TOKENS, tokens)
        check_held_out("synthetic-tags", self.test_size, self.sentences)


def generate_tags(knobs: TagKnobs) -> TaskData:
    """Draw the task the knobs describe, sentences and tuples of tag numbers; the same knobs give the same task."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(knobs.seed)))
    shares = _zipf_shares(knobs.tags, knobs.imbalance)
    follows = rng.dirichlet(_PULL * shares * knobs.tags, knobs.tags)
    lexicon = make_lexicon(knobs, rng)
    # A lognormal's mean lies half its variance above its median.
    drawn = knobs.length * rng.lognormal(-(_SPREAD**2) / 2, _SPREAD, knobs.sentences)
    lengths = np.clip(np.rint(drawn), 1, _LONGEST * knobs.length).astype(np.int64)
    tags = _draw_chains(shares, follows, knobs.sentences, int(lengths.max()), rng)
    words = _draw_words(tags, lengths, lexicon, rng)
    spoken = [tuple(lexicon.forms[word] for word in row[:n]) for row, n in zip(words, lengths, strict=True)]
    answers = [tuple(row[:n].tolist()) for row, n in zip(tags, lengths, strict=True)]
    return tagging_data(spoken, answers, knobs.tags, knobs.test_size)


def _zipf_shares(count: int, exponent: float) -> Floats:
    weights = 1.0 / np.arange(1, count + 1) ** exponent
    return np.asarray(weights / weights.sum())


def _draw_chains(first: Floats, follows: Floats, count: int, steps: int, rng: np.random.Generator) -> Ints:
    """Draw chains of tags, all of one length, shape (count, steps)."""
    bars = np.vstack([follows, first]).cumsum(axis=1)[:, :-1]
    tags = np.empty((count, steps), np.int64)
    # What comes before the first tag is the last row: no tag.
    before = np.full(count, len(follows))
    for step in range(steps):
        before = tags[:, step] = (rng.random((count, 1)) > bars[before]).sum(axis=1)
    return tags


def _draw_words(tags: Ints, lengths: Ints, lexicon: Lexicon, rng: np.random.Generator) -> Ints:
    """Draw a word for every tag of every sentence, by how often the tag says its words."""
    said = np.zeros_like(tags)
    # Chains are as long as the longest sentence; what lies beyond a sentence's end is never said.
    within = np.arange(tags.shape[1]) < lengths[:, None]
    for tag, words in enumerate(lexicon.of_tag):
        here = (tags == tag) & within
        said[here] = rng.choice(words, size=int(here.sum()), p=_zipf_shares(len(words), 1.0))
    return said


SYNTHETIC_TAGS = knob_entry(
    TagKnobs,
    generate_tags,
    lambda knobs: (knobs.sentences, knobs.test_size, knobs.tags),
    name="synthetic-tags",
    paper="hidden Markov chain after Rabiner 1989, A tutorial on hidden Markov models",
    summary="Sentences of a made-up language to be tagged: rare words, ambiguous words and rare tags by knobs.",
    kind="sequence",
    task="tagging",
)
