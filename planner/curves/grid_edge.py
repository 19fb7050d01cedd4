"""How much of a posterior lies at the ends of the grid of shapes, beyond which better ones may lie."""

from dataclasses import dataclass

import numpy as np

from planner.curves.families import local_power
from planner.curves.posterior import Posterior
from planner.curves.prior import LARGEST_AMPLITUDE, added_near_one

_STEEPEST, _FLATTEST = 2.9, 0.03  # local powers: the ends of the power laws' grid, a little inside
_STEEP, _FLAT, _SHAPELESS = 0.2, 0.5, 0.9  # shares from which a sentence is due


@dataclass(frozen=True, slots=True)
class Edge:
    """Posterior shares at the ends of the grid; those of shapes by the learned weights alone.

    Attributes:
        steepest: on shapes that fall at least as fast around the last anchor as the steepest power law.
        flattest: on shapes that fall no faster there than the flattest, flat included.
        largest_discrepancy: on the largest amplitude, where the shapes explain little of the curve.
        no_floor: on the smallest ρ, 0, an error that more labels remove altogether.
        all_floor: on the largest ρ, an error that they hardly touch.
    """

    steepest: float
    flattest: float
    largest_discrepancy: float
    no_floor: float
    all_floor: float


def grid_edge(posterior: Posterior) -> Edge:
    """Give the posterior's shares at the ends of the grid."""
    power = local_power(0.0)
    by_shape, by_rho = posterior.nodes.sum(axis=1), posterior.nodes.sum(axis=0)
    # What is believed near an error of 1 must not hide that the points themselves are flat.
    by_shape *= np.exp(-added_near_one(float(posterior.error[-1])))
    by_shape /= by_shape.sum()
    largest = posterior.settings.amplitude == LARGEST_AMPLITUDE
    return Edge(
        steepest=float(by_shape[power >= _STEEPEST].sum()),
        flattest=float(by_shape[power <= _FLATTEST].sum()),
        largest_discrepancy=float(posterior.weights[largest].sum()),
        no_floor=float(by_rho[0]),
        all_floor=float(by_rho[-1]),
    )


def edge_warnings(edge: Edge) -> tuple[str, ...]:
    """Say what a posterior piled up at the grid's edge means.

    On the development curves of LCDB 1.1 each of these went with a larger error, or with too narrow an interval.
    """
    found = {
        "The curve falls faster than the model knows curves to fall, and may not go on like that.": (
            edge.steepest > _STEEP
        ),
        "No known shape of learning curve explains these points: the curve is outside what the model knows.": (
            edge.largest_discrepancy > _SHAPELESS
        ),
        "So far the curve is flat, so its points cannot tell whether it stays so.": edge.flattest > _FLAT,
    }
    return tuple(sentence for sentence, due in found.items() if due)
