"""The prior over learning curves: weights of shapes, of discrepancies and of noise levels.

The weights of shapes that are shipped were learned from many measured curves (`research.learning.prior`); those of
settings were chosen by cross-validation on them, for intervals that hold what they say.

Notation: T shapes; R values of ρ; S settings, each a discrepancy × a noise factor.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from planner.forecast.families import RHO, accelerating_shapes, node_log_prior, shape_families
from simulations.arrays import Floats


class Discrepancy(NamedTuple):
    """One way in which a curve may depart from every shape.

    Attributes:
        amplitude: sd, of m = √(e(1 − e)) at the last anchor.
        length: of the smooth part, in ln(labels).
        roughness: share of the variance that is rough, with bends at any scale: see `ROUGH_LENGTH`.
        weight: how likely it is beforehand, relative to the others.
    """

    amplitude: float
    length: float
    roughness: float
    weight: float


ROUGH_LENGTH = 1.0  # of the rough part, in ln(labels)
_BENDS = ((5.0, 0.0, 0.4), (12.0, 0.0, 0.4), (5.0, 0.1, 0.2))  # (length, roughness, weight)
LARGEST_AMPLITUDE = 1.0
DISCREPANCIES = (
    Discrepancy(0.003, 5.0, 0.0, 1.5),  # so small that how it bends makes no difference
    *(Discrepancy(amplitude, *bend) for amplitude in (0.1, 0.3) for bend in _BENDS),
    # So large that a slope would be carried on to anywhere.
    Discrepancy(LARGEST_AMPLITUDE, 5.0, 0.0, 0.02),
    Discrepancy(LARGEST_AMPLITUDE, 5.0, 0.1, 0.02),
)

NOISE_FACTORS = (0.06, 0.3, 1.0)
"""Share of the anchors' noise variance that differs from anchor to anchor.

Trajectories are nested: a larger labelled set holds the smaller one, and is tested on the same items. Most of what
repeats of a curve differ by is therefore common to its anchors.
"""
UNKNOWN_FACTOR = 4.0  # tried as well where the noise is half guessed: it may be larger than that

_FAR_FROM_ONE, _NEAR_ONE = 0.7, 0.8  # errors between which what follows sets in
_MORE_NEAR_ONE = 2.0  # added to the log weight of shapes that fall faster ahead


@dataclass(frozen=True, eq=False)
class NoiseSettings:
    """Every combination of discrepancy and noise, with its log prior weight; each array (S,)."""

    amplitude: Floats
    length: Floats
    roughness: Floats
    factor: Floats
    log_weight: Floats

    def smooth(self) -> "NoiseSettings":
        """Select the settings without roughness."""
        is_smooth = self.roughness == 0.0
        return NoiseSettings(
            self.amplitude[is_smooth],
            self.length[is_smooth],
            self.roughness[is_smooth],
            self.factor[is_smooth],
            self.log_weight[is_smooth],
        )


@dataclass(frozen=True, eq=False)
class ForecastPrior:
    """Prior weights of the grid.

    Attributes:
        nodes: (T, R) weights of shapes and irreducible shares, summing to 1.
        discrepancies: (len(DISCREPANCIES),) weights, summing to 1.
        factors: (len(NOISE_FACTORS),) weights, summing to 1.
        about: where the weights come from.
    """

    nodes: Floats
    discrepancies: Floats
    factors: Floats
    about: Mapping[str, Any]

    def log_nodes(self, error: float) -> Floats:
        """Give the log weights of the nodes, (T, R), for a curve whose last error is known.

        See `near_one_correction`.
        """
        return np.log(self.nodes) + near_one_correction(error)[:, None]

    def settings(self, noise_known: bool) -> NoiseSettings:
        """Give the settings to average over.

        Where the noise is half guessed, one more noise factor is among them and no rough discrepancy: what is jagged
        may as well be noise.
        """
        factors = NOISE_FACTORS if noise_known else (*NOISE_FACTORS, UNKNOWN_FACTOR)
        weights = self.factors if noise_known else np.append(self.factors, self.factors.mean())
        amplitude, length, roughness, _ = np.repeat(np.array(DISCREPANCIES), len(factors), axis=0).T
        joint = np.log(self.discrepancies)[:, None] + np.log(weights / weights.sum())
        settings = NoiseSettings(amplitude, length, roughness, np.tile(factors, len(DISCREPANCIES)), joint.ravel())
        return settings if noise_known else settings.smooth()

    def to_json(self) -> str:
        """Write the weights, to five significant digits."""
        rounded = {
            name: np.vectorize(lambda x: float(f"{x:.5g}"))(getattr(self, name)).tolist()
            for name in ("nodes", "discrepancies", "factors")
        }
        return json.dumps({"about": dict(self.about), **rounded})

    @classmethod
    def from_json(cls, text: str) -> "ForecastPrior":
        """Read weights that `to_json` wrote.

        Raises:
            ValueError: the weights are of another grid.
        """
        weights = json.loads(text)
        nodes, discrepancies, factors = (np.array(weights[key]) for key in ("nodes", "discrepancies", "factors"))
        expected = ((shape_families().size, RHO.size), (len(DISCREPANCIES),), (len(NOISE_FACTORS),))
        if (nodes.shape, discrepancies.shape, factors.shape) != expected:
            raise ValueError("the forecast's prior was learned for another grid: learn it again (make forecast-prior)")
        return cls(nodes / nodes.sum(), discrepancies / discrepancies.sum(), factors / factors.sum(), weights["about"])


def near_one_correction(error: float) -> Floats:
    """Give the correction of each shape's learned log weight, (T,), for the last error of a curve.

    A curve whose error is still near 1 has often hardly begun to fall, and falls faster later: shapes that do so weigh
    more there. It is the error that counts, however many classes there are.
    """
    nearness = np.clip((error - _FAR_FROM_ONE) / (_NEAR_ONE - _FAR_FROM_ONE), 0.0, 1.0)
    correction: Floats = nearness * _MORE_NEAR_ONE * accelerating_shapes()
    return correction


@lru_cache(maxsize=1)
def default_prior() -> ForecastPrior:
    """Read the learned weights that come with the package."""
    return ForecastPrior.from_json(
        resources.files("planner.forecast").joinpath("forecast_prior.json").read_text(encoding="utf-8")
    )


@lru_cache(maxsize=1)
def flat_prior() -> ForecastPrior:
    """Give weights before any learning: families equal, and large discrepancies less likely than small."""
    nodes = np.exp(node_log_prior())
    discrepancies = np.array([discrepancy.weight for discrepancy in DISCREPANCIES])
    factors = np.array([2.0, 2.0, 3.0])
    about = {"learned_from": "nothing"}
    return ForecastPrior(nodes / nodes.sum(), discrepancies / discrepancies.sum(), factors / factors.sum(), about)
