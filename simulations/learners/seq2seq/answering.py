"""Answering: the likeliest symbol, and then the likeliest after it, until the end mark.

Notation: as in `network`; p the probabilities of one symbol, (n, S + 1).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulations.arrays import Features, IntArray
from simulations.learners.neural.runtime import blocks, steady
from simulations.learners.seq2seq.network import Network, Read, begun
from simulations.learners.seq2seq.vocabulary import NOTHING

if TYPE_CHECKING:
    from torch import Tensor

_AT_ONCE = 500
"""Items answered at once; those of like length together, so that little is computed behind their ends."""


@dataclass(frozen=True)
class Answers:
    """What a network answers, and how sure it was.

    Args:
        symbols: (n, T), `NOTHING` behind the end.
        log_probability: (n,), of the answer with its end mark.
        entropy: (n,), of its symbols and its end mark, added up.
        margin: (n,), between the two likeliest symbols, the mean over the answer with its end mark.
    """

    symbols: IntArray
    log_probability: Features
    entropy: Features
    margin: Features


def answer(network: Network, X: IntArray, longest: int) -> Answers:
    """Answer texts.

    Args:
        network: trained.
        X: (n, J), as `Vocabulary.read` has them.
        longest: symbols after which an answer without end is cut.
    """
    import torch

    by_length = np.argsort((X > 0).sum(axis=1), kind="stable")
    symbols = np.full((len(X), longest), NOTHING, np.int64)
    sure = np.zeros((3, len(X)), np.float32)
    with steady(), torch.no_grad():
        for block in blocks(len(X), _AT_ONCE):
            rows = by_length[block]
            texts = torch.from_numpy(X[rows][:, : max(1, int((X[rows] > 0).sum(axis=1).max()))])
            symbols[rows], sure[:, rows] = _answered(network, network.read(texts), longest)
    return Answers(symbols, *sure)


def states(network: Network, X: IntArray) -> Features:
    """What the network reads of texts, (n, h): the mean over their characters."""
    import torch

    result = np.empty((len(X), network.shape.hidden), np.float32)
    with steady(), torch.no_grad():
        for block in blocks(len(X), _AT_ONCE):
            texts = torch.from_numpy(X[block])
            total = network.read(texts).states.sum(dim=1)
            result[block] = (total / (texts > 0).sum(dim=1, keepdim=True).clamp(min=1)).numpy()
    return result


def _answered(network: Network, read: Read, longest: int) -> tuple[IntArray, Features]:
    """Answer what was read: symbols (n, longest), and log probability, entropy and margin, (3, n)."""
    import torch

    n, end = len(read.states), network.shape.symbols
    said = torch.full((n, longest), NOTHING)
    sure = torch.zeros((3, n))
    steps = torch.zeros(n)
    going = torch.ones(n, dtype=torch.bool)
    last = torch.full((n, 1), end + 1)
    past = begun(network.symbols(last))
    for t in range(longest + 1):
        told = _told(network.say(read, past, t)[:, 0])
        sure += told[1:] * going
        steps += going
        chosen = told[0].long()
        going &= chosen != end
        if t == longest or not going.any():
            break
        said[going, t] = chosen[going]
        last[:, 0] = chosen
        past = torch.cat([past[:, 1:], network.symbols(last, t + 1)], dim=1)
    sure[2] /= steps
    return said.numpy(), sure.numpy()


def _told(scores: "Tensor") -> "Tensor":
    """Of scores (n, S + 1): the likeliest, its log probability, the entropy, and by how much it leads; (4, n)."""
    import torch

    logs = scores.log_softmax(dim=1)
    p = logs.exp()
    top, which = logs.topk(2, dim=1)
    lead = top[:, 0].exp() - top[:, 1].exp()
    return torch.stack([which[:, 0].float(), top[:, 0], -(p * logs).sum(dim=1), lead])
