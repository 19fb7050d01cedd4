"""MiniLM fine-tuned end to end on the labelled texts, each round anew from its published weights; one lane at a time.

A linear head reads the mean of the last layer's states. Rates are small and begin smaller, and few labels are passed
over often: where fine-tuning fails on few labels, it has mostly ended too early (Mosbach, Andriushchenko & Klakow 2021,
On the stability of fine-tuning BERT, section 6; Zhang et al. 2021, Revisiting few-sample BERT fine-tuning, section 6).

Notation
    n, m, C  labelled texts, texts scored, classes
    T, d     tokens of a row, width of the encoder
    ids      (m, T) token numbers, 0 behind a text's end
    W        the encoder's tensors by name
    E        sentence vectors of unit length, (m, d)
    H        the head, (C, d)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import log

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from simulations.arrays import ArrayCache, Bools, Features, Floats, Ints
from simulations.encoders.encode import TEXT_ENCODER, open_encoder
from simulations.encoders.networks import embed_sentences, encoder_weights, group_texts
from simulations.learners.learner import DivergedError, Fitted, Labelled, Streams
from simulations.learners.neural import network
from simulations.learners.neural.settings import FineTuning
from simulations.learners.neural.training import dropout_mask

_AT_ONCE = 1024
"""Tokens scored at once: few enough for what is between the layers to stay in the processor's cache."""

_ALIKE = 8
"""Minibatches among which texts change places, so that those of one length come together and little is padded."""

_SCALE = 400.0
"""What the head multiplies sentence vectors by: so many times as fast as the encoder it learns, which is not new."""

_LEARNT = 0.5
"""Share of what a guess among all classes does not know, below which training has met its rule."""

_WORDS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True)
class FinetunedLearner:
    """A sentence encoder with a linear head, trained by AdamW."""

    how: FineTuning
    backend = "torch"

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams) -> "FittedEncoders":
        """Train every lane from the published weights, without looking at the round before.

        Raises:
            InputError: the encoder is not in the cache, or a library is missing.
            DivergedError: training diverged.
        """
        count = labelled.rows.shape[0]
        chances = network.chances_of(streams, count)
        with network.deterministic_arithmetic():
            lanes = tuple(self._fit(labelled.take([lane]), chances.take([lane])) for lane in range(count))
        return FittedEncoders(lanes)

    def _fit(self, labelled: Labelled, chances: network.LaneChances) -> "FittedEncoder":
        how, classes, rng = self.how, labelled.classes, chances.order[0]
        ids, answers = cut(labelled.features[labelled.rows[0]], how.tokens), torch.from_numpy(labelled.answers[0])
        seen = network.seen_classes(labelled.answers, classes)
        bars = network.class_bars(seen, classes)[0]
        W = dict(encoder_weights(open_encoder(TEXT_ENCODER)))
        learns = [name for name in W if name.startswith("encoder.layer.") or (how.words and name == _WORDS)]
        (H,) = chances.begin(lambda own: [_draw_head(own[0], classes, W[_WORDS].shape[1])])
        W |= {name: W[name].clone().requires_grad_() for name in learns}
        leaves = [*(W[name] for name in learns), H.requires_grad_()]
        adam = network.Adam([leaf.detach() for leaf in leaves], 0.0, how.weight_decay)
        passes, lengths = how.passes_over(len(ids)), (ids > 0).sum(axis=1)
        steps, loss = passes * -(-len(ids) // how.batch_size), 0.0
        for _ in range(passes):
            losses = []
            for rows in minibatches(lengths, how.batch_size, rng):
                E = read(W, ids[rows], how)
                mask = np.empty(tuple(E.shape), np.float32)
                dropout_mask(how.dropout, mask, rng)
                scores = functional.linear(E * torch.from_numpy(mask), H * _SCALE) + bars
                error = functional.cross_entropy(scores, answers[rows])
                adam.rate = how.rate(adam.t + 1, steps)
                adam.step(torch.autograd.grad(error, leaves))
                losses.append(float(error.detach()))
            loss = float(np.mean(losses))
            if not np.isfinite(loss):
                raise DivergedError(
                    f"learner finetuned: training on {len(ids)} labels diverged; allowed: settings under which the "
                    "loss stays finite, such as a lower learning_rate"
                )
        W |= {name: W[name].detach() for name in learns}
        converged = loss < _LEARNT * log(classes)
        encoded, head = ArrayCache(partial(encode, W, how=how)), (H.detach() * _SCALE).numpy().T
        return FittedEncoder(encoded, head, seen[0], converged, float(passes * lengths.sum()))


@dataclass(frozen=True)
class FittedEncoder:
    """One trained lane, which converged if the last pass left less than half of what a guess does not know.

    Args:
        encode: token numbers (m, T) as features to E, kept for as long as the features are.
        head: scaled, (d, C).
        seen: (C,), the classes that have a label.
        effort: tokens trained on.
    """

    encode: ArrayCache[Features]
    head: Features
    seen: Bools
    converged: bool
    effort: float

    def probabilities(self, features: Features) -> Features:
        """Score texts, (C, m); a class without a label has none."""
        scores = np.where(self.seen, self.encode(features) @ self.head, -np.inf)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Features = odds.T / odds.sum(axis=1)
        return shares


@dataclass(frozen=True)
class FittedEncoders:
    """The trained encoders of all lanes; see `Fitted`."""

    lanes: tuple[FittedEncoder, ...]

    @property
    def converged(self) -> Bools:
        """Shape (L,): whether each lane met the stopping rule."""
        return np.array([lane.converged for lane in self.lanes])

    @property
    def effort(self) -> Floats:
        """Shape (L,): tokens trained on."""
        return np.array([lane.effort for lane in self.lanes])

    def take(self, lanes: Sequence[int]) -> "FittedEncoders":
        """See `Fitted`."""
        return FittedEncoders(tuple(self.lanes[lane] for lane in lanes))

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score texts (m, T): class-major (lanes, C, m)."""
        return np.stack([self.lanes[lane].probabilities(features) for lane in lanes])

    def embeddings(self, lane: int, features: Features) -> Features:
        """What the head of a lane reads of texts (m, T), (m, d)."""
        return self.lanes[lane].encode(features)


def cut(features: Features, tokens: int) -> Ints:
    """Cut texts (m, T), kept as numbers, after so many tokens, of which the last is the mark of the text's end."""
    ids = features[:, :tokens].astype(np.int64)
    if features.shape[1] > tokens:
        long = np.flatnonzero(features[:, tokens])
        ends = (features[long] > 0).sum(axis=1) - 1
        ids[long, -1] = features[long, ends]
    return ids


def minibatches(lengths: Ints, size: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Divide texts of so many tokens at random into minibatches of texts about as long, and give these in any order."""
    order, batches = rng.permutation(lengths.size), list[Ints]()
    for piece in network.block_slices(lengths.size, size * _ALIKE):
        rows = order[piece]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[own] for own in network.block_slices(rows.size, size)]
    return (batches[i] for i in rng.permutation(len(batches)))


def read(W: Mapping[str, Tensor], ids: Ints, how: FineTuning) -> Tensor:
    """Encode texts: E in single precision, whatever the precision of the products."""
    width = (ids > 0).sum(axis=1).max()
    numbers = torch.from_numpy(ids[:, :width])
    with torch.autocast("cpu", torch.bfloat16, enabled=how.precision == "bfloat16"):
        return embed_sentences(W, numbers, numbers > 0).float()


def encode(W: Mapping[str, Tensor], features: Features, how: FineTuning) -> Features:
    """Encode texts kept as numbers, (m, T), those about as long together: E, not to be written to."""
    ids = cut(features, how.tokens)
    E = np.empty((len(ids), W[_WORDS].shape[1]), np.float32)
    with network.deterministic_arithmetic(), torch.inference_mode():
        for rows in group_texts((ids > 0).sum(axis=1).tolist(), _AT_ONCE):
            E[rows] = read(W, ids[rows], how).numpy()
    E.flags.writeable = False
    return E


def _draw_head(rng: np.random.Generator, classes: int, width: int) -> Tensor:
    """Draw a head whose scores differ by about 0.4, as those of a new layer of BERT do."""
    return torch.from_numpy(rng.standard_normal((classes, width), dtype=np.float32) / np.float32(1000))
