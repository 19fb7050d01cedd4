"""The value of information: EVPI, and EVPPI of each input and of groups of inputs.

Notation:
    S, D        number of joint draws, equally likely, and of plans
    net_usd     (S, D)  net benefit of each plan in each draw; at a fixed target it is -total_usd
    x           (S,)    one uncertain input in the same draws; +-inf is a value like any other ("never")
    y           (d, S)  net benefit less that of the plan with the best mean, plans that cannot matter left out

Notation:
    net_usd     (S, D)  net benefit of each plan in each of S equally likely joint draws
    loss_usd    (D,)    L_d = E[max_e NB_e] - E[NB_d], the expected opportunity loss of plan d

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
from planner.decision.information.regression import (
    NOTHING,
    Basis,
    PartialEstimate,
    basis_of,
    estimate,
    joint_basis,
    with_steps,
)
from simulations.errors import InputError

FEWEST_DRAWS = 2
FEWEST_FOR_REGRESSION = 20


def checked_net(net_usd: Floats, plans: Sequence[str]) -> Floats:
    """Give net benefits as floats of shape (S, D), or say what is wrong with them.

    Raises:
        InputError: other shapes than one row a draw and one column a plan, fewer than two draws, numbers not finite.
    """
    net = np.asarray(net_usd, dtype=np.float64)
    if net.ndim != 2 or net.shape[1] != len(plans) or not plans:
        raise InputError(
            f"net_usd: found shape {net.shape} for {len(plans)} plans; allowed: one row a draw, one column a plan"
        )
    if len(set(plans)) < len(plans):
        raise InputError(f"plans: found {', '.join(plans)}; allowed: names that differ")
    if len(net) < FEWEST_DRAWS:
        raise InputError(f"net_usd: found {len(net)} draws; allowed: {FEWEST_DRAWS} or more")
    if not np.isfinite(net).all():
        draw, plan = np.argwhere(~np.isfinite(net))[0]
        raise InputError(f"net_usd: found {net[draw, plan]} for {plans[plan]} in draw {draw}; allowed: finite USD")
    return net


def checked_inputs(inputs: Mapping[str, Floats], n_draws: int) -> dict[str, Floats]:
    """Give every input as floats of shape (S,), or say what is wrong; a single number stands for all draws.

    Raises:
        InputError: another length than the draws', NaN, or too few draws for a regression.
    """
    if inputs and n_draws < FEWEST_FOR_REGRESSION:
        raise InputError(
            f"net_usd: found {n_draws} draws; allowed: {FEWEST_FOR_REGRESSION} or more to value what inputs tell"
        )
    checked = {}
    for name, values in inputs.items():
        x = np.asarray(values, dtype=np.float64).reshape(-1)
        if len(x) not in (1, n_draws):
            raise InputError(f"{name}: found {len(x)} draws; allowed: {n_draws}, as net_usd has, or one number")
        if np.isnan(x).any():
            raise InputError(f"{name}: found NaN in draw {int(np.isnan(x).argmax())}; allowed: numbers in every draw")
        checked[name] = np.broadcast_to(x, (n_draws,))
    return checked


def best_by_mean(net: Floats) -> int:
    """Give the plan taken without further information; the first of equals."""
    return int(net.mean(axis=0).argmax())


def relevant_differences(net: Floats) -> Floats:
    """Give y, shape (d, S): the plan with the best mean, and each that no other equals or beats in every draw.

    A plan that is beaten in every draw cannot be chosen on any information, yet a regression may put it ahead by
    noise; left out, it changes nothing by construction.
    """
    y = net - net[:, [best_by_mean(net)]]
    kept = [0]
    # In descending order of the mean a plan can be beaten everywhere only by one that comes before it.
    order = np.argsort(-net.mean(axis=0), kind="stable")
    for place in range(1, len(order)):
        candidate = y[:, order[place]]
        if not any((candidate <= y[:, order[before]]).all() for before in kept):
            kept.append(place)
    return np.ascontiguousarray(y[:, order[kept]].T)


@dataclass(frozen=True)
class Losses:
    """Expected losses and the value of perfect information.

    Attributes:
        best: the plan with the best mean, taken where nothing more is learnt.
        loss_usd: plan -> what is lost on average by taking it rather than the best plan of each draw.
        p_best: plan -> share of draws in which it is best; ties are split, and the shares sum to 1.
        evpi_usd: expected value of perfect information, the loss of the best plan; never negative.
        evpi_se_usd: Monte Carlo standard error of the EVPI, had the draws been independent.
        n_draws: joint draws behind the figures.
    """

    best: str
    loss_usd: Mapping[str, float]
    p_best: Mapping[str, float]
    evpi_usd: float
    evpi_se_usd: float
    n_draws: int


def expected_losses(net_usd: Floats, plans: Sequence[str]) -> Losses:
    """Give every plan's expected loss; the least of them is the EVPI (Raiffa and Schlaifer, 1961).

    Args:
        net_usd: net benefit in USD, shape (S, D).
        plans: names of the D plans, in the order of the columns.

    Raises:
        InputError: net benefits of another shape, or not finite.

    Example:
        Learning which of two equally likely draws is the true one saves $40 half of the time.

        >>> losses = expected_losses(np.array([[0.0, 40.0], [0.0, -60.0]]), ["random", "margin"])
        >>> losses.best, losses.evpi_usd, losses.loss_usd["margin"]
        ('random', 20.0, 30.0)
    """
    net = checked_net(net_usd, plans)
    top = net.max(axis=1, keepdims=True)
    regret = top - net
    best = best_by_mean(net)
    ties = (regret == 0).astype(np.float64)
    shares = (ties / ties.sum(axis=1, keepdims=True)).mean(axis=0)
    losses = regret.mean(axis=0)
    return Losses(
        best=plans[best],
        loss_usd=dict(zip(plans, losses.tolist(), strict=True)),
        p_best=dict(zip(plans, shares.tolist(), strict=True)),
        evpi_usd=float(losses[best]),
        evpi_se_usd=standard_error(regret[:, best]),
        n_draws=len(net),
    )


def standard_error(gains_usd: Floats) -> float:
    """Give the standard error of the mean of what is gained in each draw, shape (S,)."""
    return float(gains_usd.std(ddof=1) / np.sqrt(len(gains_usd)))


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

    def _estimated(self, uncertain: tuple[str, ...]) -> PartialEstimate:
        if not uncertain or len(self.y) == 1:
            return NOTHING
        if self.complete and len(uncertain) == len(self.bases):
            return PartialEstimate(self.losses.evpi_usd, 0.0, self.losses.evpi_se_usd)
        bases = [self.bases[one] for one in uncertain]
        basis = bases[0] if len(bases) == 1 else joint_basis(bases)
        return estimate(self.y, basis)

    def _within_limits(self, name: str, members: tuple[str, ...], made: PartialEstimate) -> Learnt:
        evppi_usd = float(np.clip(made.raw_usd - made.bias_usd, 0.0, self.losses.evpi_usd))
        return Learnt(name, members, evppi_usd, made.se_usd, made.raw_usd, made.bias_usd)
