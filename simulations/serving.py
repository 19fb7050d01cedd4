"""Whether a learner can give a strategy what it reads, told before anything runs."""

from simulations.errors import SimulationInputError
from simulations.learners import LEARNERS
from simulations.strategies import STRATEGIES
from simulations.trajectory import Part

_MEANT = {
    "members": (
        "members: several networks' probabilities of each item",
        "learner mlp or cnn with dropout above 0, or ensemble",
    ),
    "ensemble": ("an ensemble: networks trained apart from one another", "learner ensemble"),
}


def check_served(learner: Part, strategy: Part, where: str = "") -> None:
    """Check that a learner with its settings gives a strategy what it needs.

    Args:
        learner: the learner.
        strategy: what asks.
        where: the file that names them, for messages.

    Raises:
        SimulationInputError: it does not; the sentence names learners that do.
    """
    served = LEARNERS[learner.name].serves(learner.options)
    needs = {need.strip() for need in STRATEGIES[strategy.name].needs.split(",")}
    for need in sorted(needs & _MEANT.keys() - served):
        meant, allowed = _MEANT[need]
        dropout = " with dropout 0" if learner.options.get("dropout") == 0 else ""
        place = f"{where}, strategy" if where else "strategy"
        raise SimulationInputError(
            f"{place} {strategy.name}: needs {meant}; learner {learner.name}{dropout} has none; allowed: {allowed}"
        )
