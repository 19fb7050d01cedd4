"""The joint draws that every figure here is computed from, checked once.

Notation:
    S, D        number of joint draws, equally likely, and of plans
    net_usd     (S, D)  net benefit of each plan in each draw; at a fixed target it is -total_usd
    x           (S,)    one uncertain input in the same draws; +-inf is a value like any other ("never")
    y           (d, S)  net benefit less that of the plan with the best mean, plans that cannot matter left out
"""

from collections.abc import Mapping, Sequence

import numpy as np

from planner.arrays import Floats
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
