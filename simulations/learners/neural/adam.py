"""Adam with decoupled weight decay on lists of tensors; to import torch's own takes longer than many a run.

Notation: t steps taken; g gradient, m and v its running first and second moments, each of the shape of its weights W.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Kingma & Ba 2015, algorithm 1, with the decay of Loshchilov & Hutter 2019, algorithm 2.

    Args:
        weights: what is trained, in place.
        rate: size of a step.
        decay: share of the rate by which weights shrink in each step.
    """

    def __init__(self, weights: "Sequence[Tensor]", rate: float, decay: float) -> None:
        import torch

        self.weights = list(weights)
        self.m, self.v, self._room = ([torch.zeros_like(W) for W in weights] for _ in range(3))
        self.rate, self.decay, self.t = rate, decay, 0

    def step(self, gradients: "Sequence[Tensor]") -> None:
        """Take one step down the gradients."""
        import torch

        self.t += 1
        root = (1.0 - _BETA2**self.t) ** 0.5
        size = self.rate * root / (1.0 - _BETA1**self.t)
        for W, g, m, v, room in zip(self.weights, gradients, self.m, self.v, self._room, strict=True):
            m.lerp_(g, 1.0 - _BETA1)
            v.mul_(_BETA2).addcmul_(g, g, value=1.0 - _BETA2)
            torch.sqrt(v, out=room).add_(_EPSILON * root)
            if self.decay:
                W.mul_(1.0 - self.rate * self.decay)
            W.addcdiv_(m, room, value=-size)

    def take(self, lanes: "Tensor") -> None:
        """Go on with some lanes, whose numbers lie along the first side of every tensor."""
        for held in (self.weights, self.m, self.v, self._room):
            held[:] = [tensor[lanes] for tensor in held]
