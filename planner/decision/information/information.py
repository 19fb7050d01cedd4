"""What is worth knowing before choosing a plan: EVPI, and EVPPI of each input and of groups of inputs.

Notation:
    net_usd     (S, D)  net benefit of each of D plans in each of S equally likely joint draws
    x           (S,)    one uncertain input in the same draws
    y           (d, S)  net benefit less that of the plan with the best mean, plans that cannot matter left out
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from planner.arrays import Floats
from planner.decision.information.basis import Basis, basis_of, joint_basis
from planner.decision.information.draws import checked_inputs, checked_net, relevant_differences
from planner.decision.information.losses import Losses, expected_losses
from planner.decision.information.partial import NOTHING, Estimate, estimate
from planner.decision.information.steps import with_steps
from simulations.errors import InputError


@dataclass(frozen=True)
class Learnt:
    """What it is worth to learn the true value of one input, or of a group, before choosing.

    Attributes:
        name: of the input or the group.
        inputs: the inputs that would be learnt.
        evppi_usd: expected value of partial perfect information; from 0 to the EVPI.
        se_usd: its standard error before it was kept above 0, the EVPI's where all is learnt that is uncertain; 0 where
            the value is 0 beyond doubt (a constant input).
        raw_usd: the regression's value before the bias of noise was taken off.
        bias_usd: that bias.
    """

    name: str
    inputs: tuple[str, ...]
    evppi_usd: float
    se_usd: float
    raw_usd: float
    bias_usd: float


@dataclass(frozen=True)
class Information:
    """The value of information of a decision.

    Attributes:
        losses: expected loss of each plan; the least is the EVPI.
        inputs: input -> what it is worth to learn it, in the order given.
        groups: group -> what it is worth to learn all of its inputs, in the order given.
    """

    losses: Losses
    inputs: Mapping[str, Learnt]
    groups: Mapping[str, Learnt] = field(default_factory=dict)

    @property
    def ranked(self) -> tuple[Learnt, ...]:
        """Give the inputs, the one most worth learning first; equals as they were given."""
        return tuple(sorted(self.inputs.values(), key=lambda learnt: -learnt.evppi_usd))

    def to_dict(self) -> dict[str, Any]:
        """Give everything as JSON writes it, inputs most worth learning first."""
        return {
            **asdict(self.losses),
            "evppi": [asdict(learnt) for learnt in self.ranked],
            "groups": [asdict(learnt) for learnt in self.groups.values()],
        }


def value_of_information(
    net_usd: Floats,
    plans: Sequence[str],
    inputs: Mapping[str, Floats],
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    complete: bool = False,
) -> Information:
    """Value learning each input, and groups of inputs, before one of the plans is chosen.

    Inputs need not be independent: an input is also worth what it tells about those that go with it. A group's
    interactions are fitted, and it is never worth less than its members, or than a smaller group within it. The value
    of a sample (EVSI) is that of its summary: simulate one in each draw and pass what it would show as an input.

    Args:
        net_usd: net benefit in USD, shape (S, D); at a fixed target, minus the total.
        plans: names of the D plans, in the order of the columns.
        inputs: name -> draws of shape (S,), continuous or discrete, or one number; infinite values are values.
        groups: name -> the inputs in it.
        complete: whether nothing but `inputs` is uncertain, so that they determine `net_usd`. A group of all of them
            then is worth the EVPI by definition; else it is worth what a regression on them finds.

    Raises:
        InputError: shapes that do not match, numbers missing, fewer than 20 draws, or a group of inputs not given.
    """
    net = checked_net(net_usd, plans)
    draws = checked_inputs(inputs, len(net))
    wanted = _checked_groups(groups or {}, draws)
    y = relevant_differences(net)
    bases = {name: basis for name, x in draws.items() if (basis := basis_of(x)) is not None}
    asked = _Asked(
        y=y,
        losses=expected_losses(net, plans),
        bases={name: with_steps(basis, y, draws[name]) for name, basis in bases.items()},
        complete=complete,
    )
    alone = {name: asked.learning(name, (name,)) for name in draws}
    # Small groups first, so that a larger one can be compared with them.
    together = {name: asked.learning(name, wanted[name]) for name in sorted(wanted, key=lambda one: len(wanted[one]))}
    return Information(asked.losses, alone, {name: together[name] for name in wanted})


def _checked_groups(groups: Mapping[str, Sequence[str]], inputs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    known = set(inputs)
    for group, members in groups.items():
        if not members:
            raise InputError(f"group {group}: found no input; allowed: one or more")
        unknown = [name for name in members if name not in known]
        if unknown:
            raise InputError(
                f"group {group}: found {unknown[0]}; allowed: inputs, such as {', '.join(sorted(known)[:5])}"
            )
    return {group: tuple(dict.fromkeys(members)) for group, members in groups.items()}


@dataclass(frozen=True)
class _Asked:
    """One decision, and what has been found worth learning for it so far."""

    y: Floats
    losses: Losses
    bases: Mapping[str, Basis]
    complete: bool
    found: dict[frozenset[str], Learnt] = field(default_factory=dict)

    def learning(self, name: str, members: tuple[str, ...]) -> Learnt:
        """Value learning some inputs; never below what part of them was found to be worth."""
        uncertain = tuple(one for one in members if one in self.bases)
        own = self._within_limits(name, members, self._estimated(uncertain))
        parts = [learnt for part, learnt in self.found.items() if part <= set(uncertain)]
        best = max([own, *parts], key=lambda learnt: learnt.evppi_usd)
        self.found[frozenset(uncertain)] = kept = replace(best, name=name, inputs=members)
        return kept

    def _estimated(self, uncertain: tuple[str, ...]) -> Estimate:
        if not uncertain or len(self.y) == 1:
            return NOTHING
        if self.complete and len(uncertain) == len(self.bases):
            return Estimate(self.losses.evpi_usd, 0.0, self.losses.evpi_se_usd)
        bases = [self.bases[one] for one in uncertain]
        basis = bases[0] if len(bases) == 1 else joint_basis(bases)
        return estimate(self.y, basis)

    def _within_limits(self, name: str, members: tuple[str, ...], made: Estimate) -> Learnt:
        evppi_usd = float(np.clip(made.raw_usd - made.bias_usd, 0.0, self.losses.evpi_usd))
        return Learnt(name, members, evppi_usd, made.se_usd, made.raw_usd, made.bias_usd)
