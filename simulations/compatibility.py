"""Validate that data set, learner and strategy are compatible."""

from collections.abc import Iterable
from typing import Any

from simulations.datasets.registry import DATASETS
from simulations.errors import InputError, require_modules
from simulations.learners import LEARNERS
from simulations.oracles.registry import tells_seconds
from simulations.plugins import Registry
from simulations.queries import QUERY_STRATEGIES
from simulations.strategies import STRATEGIES
from simulations.stream import STREAM_STRATEGIES
from simulations.tasks.task import CLASSIFICATION, INITIAL_SETS_OF_TASKS
from simulations.trajectory import Part, Trajectory

_NEEDS_IN_WORDS = {
    "members": (
        "members: several networks' probabilities of each item",
        "learner mlp or cnn with dropout above 0, or ensemble",
    ),
    "ensemble": ("an ensemble: networks trained apart from one another", "learner ensemble"),
    "gradients": ("the gradients of class scores by an item's features", "learner linear, ridge, mlp or cnn"),
    "values": ("predicted numbers", "a learner of regression"),
    "sequences": ("how sure a model is of sequences", "a learner of tagging or generation"),
    "sequence_gradients": ("the gradients of whole answers by all weights", "learner tagger"),
    "probabilities": ("probabilities of classes", "a learner of classification"),
    "committee": ("a committee that votes for classes", "a learner of classification"),
}


def check_fits(t: Trajectory, where: str = "") -> None:
    """Check that learner, oracle and initial set of a trajectory go with its data set's kind of task.

    If not, an InputError says what is allowed; `where` is the file that names them.
    """
    place, task, called = _describe_dataset(t, where)
    learns = LEARNERS[t.learner.name].task
    if learns != task:
        allowed = ", ".join(name for name, entry in LEARNERS.usable().items() if entry.task == task)
        raise InputError(
            f"{place}learner {t.learner.name}: is for {learns}, and {called} is {task}; allowed: {allowed}"
        )
    for part in (t.learner, t.chosen_by):
        if LEARNERS[part.name].axes == "tokens" and DATASETS[t.dataset.name].tokens is None:
            allowed = ", ".join(name for name, entry in DATASETS.usable().items() if entry.tokens is not None)
            raise InputError(f"{place}learner {part.name}: reads texts, and {called} has none; allowed: {allowed}")
    if t.chooser is not None and (task != CLASSIFICATION or LEARNERS[t.chooser.name].task != task):
        allowed = ", ".join(name for name, entry in LEARNERS.usable().items() if entry.task == CLASSIFICATION)
        chooses = LEARNERS[t.chooser.name].task
        raise InputError(
            f"{place}chooser {t.chooser.name}: is for {chooses}, and {called} is {task}; allowed: {allowed}, on data "
            f"sets of {CLASSIFICATION}"
        )
    if task == CLASSIFICATION:
        return
    if t.oracle.name != "perfect":
        raise InputError(f"{place}oracle {t.oracle.name}: gives classes, and {called} is {task}; allowed: perfect")
    if t.initial_set not in INITIAL_SETS_OF_TASKS:
        raise InputError(
            f"{place}initial_set: found '{t.initial_set}', and {called} is {task}, whose items have no class; "
            f"allowed: {', '.join(INITIAL_SETS_OF_TASKS)}"
        )


def check_strategy(t: Trajectory, where: str = "") -> None:
    """Check that there are costs where the strategy reads them, and that a stream or made-up queries can go by it.

    Costs are tokens of a sequence, or the seconds that an oracle tells. If not, or if seconds are asked for of items
    whose hardness is not known, an InputError says so.
    """
    place, task, called = _describe_dataset(t, where)
    if t.stream_share is not None:
        if task != CLASSIFICATION:
            allowed = f'"pool", or a data set of {CLASSIFICATION}'
            raise InputError(f'{place}scenario: found "stream", and {called} is {task}; allowed: {allowed}')
        if t.strategy.name not in STREAM_STRATEGIES:
            raise InputError(
                f"{place}strategy {t.strategy.name}: cannot judge the items of a stream one by one; allowed: "
                f"{', '.join(STREAM_STRATEGIES)}"
            )
    if t.queries:
        _check_queries(t, place, called)
    if t.chooser is not None and STRATEGIES[t.strategy.name].copies is not None:
        raise InputError(
            f"{place}strategy {t.strategy.name}: trains on copies that lie where the model that chooses puts them, and "
            f"chooser {t.chooser.name} chooses for learner {t.learner.name}; allowed: no chooser"
        )
    if task != CLASSIFICATION and tells_seconds(t.oracle):
        raise InputError(
            f"{place}oracle {t.oracle.name}, seconds: found {t.oracle.options['seconds']:g}; allowed: 0, as {called} "
            f"is {task}, and how hard its items are is not known"
        )
    has_costs = task != CLASSIFICATION or tells_seconds(t.oracle)
    if "costs" in STRATEGIES[t.strategy.name].needs and not has_costs:
        raise InputError(
            f"{place}strategy {t.strategy.name}: needs what items are expected to cost, and nothing tells it; allowed: "
            'an oracle that tells the time of an item, such as {name = "perfect", seconds = 12}'
        )


def _check_queries(t: Trajectory, place: str, called: str) -> None:
    """Check that there is a rule to answer made-up queries, and nothing else, and that the strategy makes them up."""
    if DATASETS[t.dataset.name].rule is None:
        allowed = ", ".join(name for name, entry in DATASETS.usable().items() if entry.rule is not None)
        raise InputError(
            f'{place}scenario: found "queries", and {called} has no rule that answers any point; allowed: "pool", or '
            f"data set {allowed}"
        )
    if t.oracle != Part.of("perfect"):
        raise InputError(
            f"{place}oracle {t.oracle.name}: found beside made-up queries, which the rule of {called} answers; "
            "allowed: perfect, without settings"
        )
    if t.strategy.name not in QUERY_STRATEGIES:
        raise InputError(
            f"{place}strategy {t.strategy.name}: cannot make up items; allowed: {', '.join(QUERY_STRATEGIES)}"
        )


def find_other_version(t: Trajectory) -> str | None:
    """Say which part of a trajectory is installed here, and can be used, in another version than it states."""
    for registry, part in registered_parts(t):
        if registry.find(part.name) is not None and registry.version_of(part.name) != part.version:
            whose = "the simulator" if part.name in registry else f"package {registry.package_of(part.name)}"
            return f"its {registry.what} {part.name} was that of another version of {whose}"
    return None


def check_installed(trajectories: Iterable[Trajectory]) -> None:
    """Check that all parts of trajectories are installed here, in the versions that they state; else an InputError."""
    for t in trajectories:
        for registry, part in registered_parts(t):
            if registry.find(part.name) is None:
                raise InputError(f"{registry.what} {part.name}: is not installed on a worker of the cluster")
        if (other := find_other_version(t)) is not None:
            raise InputError(f"a worker of the cluster differs: {other}")


def registered_parts(t: Trajectory) -> tuple[tuple[Registry[Any], Part], ...]:
    """Give the parts of a trajectory that may be plug-ins, and where each is registered."""
    return (DATASETS, t.dataset), (STRATEGIES, t.strategy), (LEARNERS, t.learner), (LEARNERS, t.chosen_by)


def _describe_dataset(t: Trajectory, where: str) -> tuple[str, str, str]:
    """Give the beginning of messages, the task of a trajectory's data set, and what the data set is called."""
    entry = DATASETS[t.dataset.name]
    return f"{where}, " if where else "", entry.task, entry.titled(t.dataset.options)


def check_served(learner: Part, strategy: Part, where: str = "") -> None:
    """Check that a learner with its settings gives a strategy what it needs.

    If not, an InputError says what does, or what the strategy loads and is not installed.
    """
    asking = STRATEGIES[strategy.name]
    require_modules(f"strategy {strategy.name}", asking.loads, "neural", "to train a network of its own")
    entry = LEARNERS[learner.name]
    served = entry.serves(learner.options) | ({"probabilities", "committee"} if entry.task == CLASSIFICATION else set())
    for need in sorted(asking.needs & _NEEDS_IN_WORDS.keys() - served):
        meaning, allowed = _NEEDS_IN_WORDS[need]
        dropout = " with dropout 0" if learner.options.get("dropout") == 0 else ""
        has_none = f"learner {learner.name}{dropout} has none"
        place = f"{where}, " if where else ""
        raise InputError(f"{place}strategy {strategy.name}: needs {meaning}; {has_none}; allowed: {allowed}")
