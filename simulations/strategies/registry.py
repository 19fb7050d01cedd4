"""The strategies known by name."""

from collections.abc import Mapping

from simulations.strategies.chance import RANDOM, STRATIFIED_RANDOM
from simulations.strategies.clustering import KMEANS, MARGIN_KMEANS
from simulations.strategies.committee import QBC
from simulations.strategies.covering import PROBCOVER
from simulations.strategies.density import DENSITY_MARGIN
from simulations.strategies.diversity import CORESET
from simulations.strategies.gradient import BADGE
from simulations.strategies.typicality import TYPICLUST
from simulations.strategies.uncertainty import ENTROPY, LEAST_CONFIDENCE, MARGIN
from simulations.strategies.view import Strategy

STRATEGIES: Mapping[str, Strategy] = {
    s.name: s
    for s in (
        RANDOM,
        STRATIFIED_RANDOM,
        LEAST_CONFIDENCE,
        MARGIN,
        ENTROPY,
        CORESET,
        BADGE,
        KMEANS,
        MARGIN_KMEANS,
        DENSITY_MARGIN,
        TYPICLUST,
        PROBCOVER,
        QBC,
    )
}
