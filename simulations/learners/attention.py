"""The network of `seq2seq`: texts and answers as numbers, letters in their surroundings, attention, greedy decoding.

Reading windows instead of a recurrent state makes a training step a dozen products (Gehring et al. 2017, Convolutional
sequence to sequence learning); the attention is that of Vaswani et al. 2017, section 3.2, with a bias by how far apart
two places are (Shaw et al. 2018).

Notation
    n, J, T  items, characters of the longest text and symbols of the longest answer, each with its end mark
    h        hidden units
    A, S     characters and symbols there are
    X        (n, J) characters from 1, A + 1 at the end, 0 behind it
    G, Y     (n, T) given and true symbols from 0, S at the end, `NOTHING` behind it
    Z        (n, T) what was answered so far, moved by one: S + 1 is the start
    E        (n, T + 1) edit distance of a part of a given answer from each beginning of the true one
    θ        (numbers,) all weights, one behind the other
    p        (n, S + 1) probabilities of one symbol
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod, sqrt

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from simulations.arrays import Features, Ints
from simulations.datasets.generation import Answer
from simulations.errors import InputError
from simulations.learners.neural.network import block_slices, deterministic_arithmetic

Drop = Callable[[Tensor], Tensor]

NOTHING = -1
"""What stands behind the end mark of an answer shorter than others."""


@dataclass(frozen=True)
class Vocabulary:
    """Every character of a text and every symbol of an answer, which are known before the first label."""

    alphabet: tuple[str, ...]
    symbols: tuple[str, ...]

    def read(self, texts: Sequence[str]) -> Ints:
        """Number the characters from 1, (n, J), with an end mark and 0 behind a text shorter than others.

        Raises:
            InputError: a text is empty, or a character is not in the alphabet.
        """
        number = {character: place for place, character in enumerate(self.alphabet, start=1)}
        if not all(texts):
            raise InputError("learner seq2seq: found a text without a character; allowed: at least one")
        X = np.zeros((len(texts), max(map(len, texts), default=0) + 1), np.int64)
        for row, text in zip(X, texts, strict=True):
            try:
                row[: len(text)] = [number[character] for character in text]
            except KeyError as unknown:
                raise InputError(
                    f"learner seq2seq: found the character {unknown} in '{text}'; allowed: {' '.join(self.alphabet)}"
                ) from None
            row[len(text)] = len(self.alphabet) + 1
        return X

    def write(self, answers: Sequence[Answer], *, end: bool = True) -> Ints:
        """Number the symbols from 0, (n, T), each answer with its end mark unless without, and `NOTHING` behind it."""
        number = {symbol: place for place, symbol in enumerate(self.symbols)}
        Y = np.full((len(answers), max(map(len, answers), default=0) + 1), NOTHING, np.int64)
        for row, answer in zip(Y, answers, strict=True):
            row[: len(answer)] = [number[symbol] for symbol in answer]
            row[len(answer)] = len(self.symbols) if end else NOTHING
        return Y


def edit_distances(G: Ints, Y: Ints) -> Ints:
    """Count the symbols to be put in, taken out or replaced, (n,), all answers at once.

    Wagner & Fischer 1974, The string-to-string correction problem.
    """
    places = np.arange(Y.shape[1] + 1)
    given, true = ((answers != NOTHING).sum(axis=1) for answers in (G, Y))
    E = np.tile(places, (len(Y), 1))
    for t in range(G.shape[1]):
        replaced = E[:, :-1] + (G[:, t, None] != Y)
        nearer = np.minimum(E[:, 1:] + 1, replaced)
        # What is put in adds one a place: the running minimum of what is left when that is taken off.
        begun = np.concatenate([E[:, :1] + 1, nearer], axis=1)
        E = np.where((t < given)[:, None], np.minimum.accumulate(begun - places, axis=1) + places, E)
    distances: Ints = np.take_along_axis(E, true[:, None], axis=1)[:, 0]
    return distances


def answer_scores(G: Ints, Y: Ints) -> Mapping[str, float]:
    """Score answers: the share without a fault, and 1 less the edit distance per symbol, at least 0, on average."""
    distances = edit_distances(G, Y)
    shares = np.maximum(1.0 - distances / (Y != NOTHING).sum(axis=1), 0.0)
    return {"exact_match": float((distances == 0).mean()), "symbol_accuracy": float(shares.mean())}


_AT_ONCE = 500
"""Items answered at once; those of like length together, so that little is computed behind their ends."""

PLACES = 32
"""Places told apart; those further on are taken for the last of them."""

_REACH = 20
"""Places between which attention tells distances apart, to either side."""

_BEHIND = 4
"""Symbols an answer looks back at: its last one and three before."""

_NEAR = 0.5
"""How fast attention falls off with distance before anything is learnt: answers run along with texts, roughly."""

HEAD = ("say", "say_bias")
"""The layer that names symbols."""


@dataclass(frozen=True)
class AttentionShape:
    """How large a network is: A, S and h."""

    characters: int
    symbols: int
    hidden: int

    @property
    def parts(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of each piece of θ, in order; the first side of a product is what it reads."""
        h = self.hidden
        return {
            "letter": (self.characters + 2, h),
            "letter_place": (PLACES, h),
            "near": (3 * h, h),
            "near_bias": (h,),
            "wide": (3 * h, h),
            "wide_bias": (h,),
            "read": (h, 2 * h),
            "symbol": (self.symbols + 2, h),
            "symbol_place": (PLACES, h),
            "past": (_BEHIND * h, h),
            "past_bias": (h,),
            "ask": (h, h),
            "apart": (2 * _REACH + 1,),
            "mix": (2 * h, 2 * h),
            "mix_bias": (2 * h,),
            "fold": (2 * h, h),
            "say": (h, self.symbols + 1),
            "say_bias": (self.symbols + 1,),
        }

    def place(self, part: str) -> slice:
        """Where a piece lies in θ."""
        sizes = [prod(shape) for shape in self.parts.values()]
        at = list(self.parts).index(part)
        return slice(sum(sizes[:at]), sum(sizes[: at + 1]))


def draw_part(shape: AttentionShape, part: str, rng: np.random.Generator) -> Features:
    """Draw a piece of θ: products after Glorot & Bengio 2010, normal vectors for characters, symbols and places.

    Biases begin at 0, and attention where characters and symbols count alike.
    """
    sides = shape.parts[part]
    if part == "apart":
        return (-_NEAR * np.abs(np.arange(-_REACH, _REACH + 1))).astype(np.float32)
    if len(sides) == 1:
        return np.zeros(sides, np.float32)
    if part in ("letter", "symbol", "letter_place", "symbol_place"):
        deviation = 0.1 if part.endswith("place") else 0.5
        return (deviation * rng.standard_normal(prod(sides))).astype(np.float32)
    bound = sqrt(6 / sum(sides))
    return rng.uniform(-bound, bound, prod(sides)).astype(np.float32)


def draw_weights(shape: AttentionShape, rng: np.random.Generator) -> Features:
    """Draw θ, (numbers,)."""
    return np.concatenate([draw_part(shape, part, rng) for part in shape.parts])


@dataclass(frozen=True)
class EncodedTexts:
    """What the network has read of texts: states (n, J, h), each character in its surroundings, 0 behind the end.

    Attention asks the keys (n, h, J) and gets the values (n, J, h); places behind the end are barred (n, 1, J).
    """

    states: Tensor
    keys: Tensor
    values: Tensor
    barred: Tensor


class Network:
    """A network with its weights θ, which may be learning."""

    def __init__(self, shape: AttentionShape, weights: Tensor) -> None:
        pieces = torch.split(weights, [prod(sides) for sides in shape.parts.values()])
        self.shape = shape
        self.parts = {name: piece.view(shape.parts[name]) for name, piece in zip(shape.parts, pieces, strict=True)}

    def read(self, X: Tensor, drop: Drop | None = None) -> EncodedTexts:
        """Read texts X (n, J); `drop` leaves units out while training."""
        W = self.parts
        live = (X > 0)[:, :, None]
        # Counted from the end, since that is where digits have their value and words their endings.
        from_end = live.sum(dim=1) - 1 - torch.arange(X.shape[1])
        x = (W["letter"][X] + W["letter_place"][from_end.clamp(0, PLACES - 1)]) * live
        x = x if drop is None else drop(x)
        near = (windows(x) @ W["near"] + W["near_bias"]).relu() * live
        states = normalise(x + windows(near) @ W["wide"] + W["wide_bias"]) * live
        keys, values = (states @ W["read"]).chunk(2, dim=2)
        return EncodedTexts(states, keys.transpose(1, 2) / sqrt(self.shape.hidden), values, ~live.transpose(1, 2))

    def symbols(self, Z: Tensor, at: int = 0) -> Tensor:
        """Give the vectors of symbols, (n, T, h), the first of which stands at a place `at` of its answer."""
        places = torch.arange(at, at + Z.shape[1]).clamp(max=PLACES - 1)
        return self.parts["symbol"][Z] + self.parts["symbol_place"][places]

    def say(self, read: EncodedTexts, past: Tensor, at: int = 0, drop: Drop | None = None) -> Tensor:
        """Score what comes next, (n, T, S + 1).

        The past, (n, T + 3, h), are the vectors of symbols so far, of which the first stands at a place `at`, with the
        three before them or zeros; `drop` leaves units out while training.
        """
        W = self.parts
        seen = torch.cat([past[:, i : past.shape[1] - _BEHIND + 1 + i] for i in range(_BEHIND)], dim=2)
        D = normalise(past[:, _BEHIND - 1 :] + (seen @ W["past"] + W["past_bias"]).relu())
        # Attention falls off with the distance of a character from the symbol's own place.
        distance = torch.arange(read.barred.shape[2])[None] - torch.arange(at, at + D.shape[1])[:, None]
        scores = (D @ W["ask"]) @ read.keys + W["apart"][distance.clamp(-_REACH, _REACH) + _REACH]
        C = scores.masked_fill(read.barred, float("-inf")).softmax(dim=2) @ read.values
        mixed = (torch.cat([D, C], dim=2) @ W["mix"] + W["mix_bias"]).relu()
        mixed = mixed if drop is None else drop(mixed)
        return normalise(mixed @ W["fold"] + D + C) @ W["say"] + W["say_bias"]


def begun(vectors: Tensor) -> Tensor:
    """Put zeros in front of an answer's vectors (n, T, h), for what it looks back at before its beginning."""
    return functional.pad(vectors, (0, 0, _BEHIND - 1, 0))


def windows(x: Tensor) -> Tensor:
    """Put each place's two neighbours beside it, (n, J, h) to (n, J, 3 h)."""
    wide = functional.pad(x, (0, 0, 1, 1))
    return torch.cat([wide[:, :-2], x, wide[:, 2:]], dim=2)


def normalise(x: Tensor) -> Tensor:
    """Shift and scale each vector to mean 0 and variance 1 (Ba, Kiros & Hinton 2016), without gain or bias."""
    return functional.layer_norm(x, x.shape[-1:])


def answer(network: Network, X: Ints, longest: int) -> tuple[Ints, Features]:
    """Answer texts X (n, J), as `Vocabulary.read` has them; an answer without end is cut after the `longest`, T.

    Returns:
        The symbols of each answer, (n, T), `NOTHING` behind the end; and how sure the network was of the answer with
        its end mark, (3, n): its log probability, the entropies of its symbols added up, and the mean margin between
        the two likeliest symbols.
    """
    by_length = np.argsort((X > 0).sum(axis=1), kind="stable")
    symbols = np.full((len(X), longest), NOTHING, np.int64)
    sure = np.zeros((3, len(X)), np.float32)
    with deterministic_arithmetic(), torch.no_grad():
        for block in block_slices(len(X), _AT_ONCE):
            rows = by_length[block]
            texts = torch.from_numpy(X[rows][:, : max(1, int((X[rows] > 0).sum(axis=1).max()))])
            symbols[rows], sure[:, rows] = _decode(network, network.read(texts), longest)
    return symbols, sure


def states(network: Network, X: Ints) -> Features:
    """What the network reads of texts, (n, h): the mean over their characters."""
    result = np.empty((len(X), network.shape.hidden), np.float32)
    with deterministic_arithmetic(), torch.no_grad():
        for block in block_slices(len(X), _AT_ONCE):
            texts = torch.from_numpy(X[block])
            total = network.read(texts).states.sum(dim=1)
            result[block] = (total / (texts > 0).sum(dim=1, keepdim=True).clamp(min=1)).numpy()
    return result


def _decode(network: Network, read: EncodedTexts, longest: int) -> tuple[Ints, Features]:
    """Answer what was read, as `answer` does."""
    n, end = len(read.states), network.shape.symbols
    said = torch.full((n, longest), NOTHING)
    sure = torch.zeros((3, n))
    steps = torch.zeros(n)
    going = torch.ones(n, dtype=torch.bool)
    last = torch.full((n, 1), end + 1)
    past = begun(network.symbols(last))
    for t in range(longest + 1):
        logs = network.say(read, past, t)[:, 0].log_softmax(dim=1)
        p = logs.exp()
        top, which = logs.topk(2, dim=1)
        lead = top[:, 0].exp() - top[:, 1].exp()
        sure += torch.stack([top[:, 0], -(p * logs).sum(dim=1), lead]) * going
        steps += going
        chosen = which[:, 0]
        going &= chosen != end
        if t == longest or not going.any():
            break
        said[going, t] = chosen[going]
        last[:, 0] = chosen
        past = torch.cat([past[:, 1:], network.symbols(last, t + 1)], dim=1)
    sure[2] /= steps
    return said.numpy(), sure.numpy()
