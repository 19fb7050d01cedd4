"""The strategies known by name."""

from collections.abc import Mapping

from simulations.strategies.chance import RANDOM, STRATIFIED_RANDOM
from simulations.strategies.diversity import CORESET
from simulations.strategies.uncertainty import ENTROPY, LEAST_CONFIDENCE, MARGIN
from simulations.strategies.view import Strategy

STRATEGIES: Mapping[str, Strategy] = {
    s.name: s for s in (RANDOM, STRATIFIED_RANDOM, LEAST_CONFIDENCE, MARGIN, ENTROPY, CORESET)
}
