"""The normal case in closed form: worked figures, limits, and the best pilot against a search of every size."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from research.normal_saving import NormalSaving

WORKED = NormalSaving(mean_usd=-500, sd_usd=2_000, noise_usd=15_000)
savings = st.builds(NormalSaving, st.floats(-1e4, 1e4), st.floats(0, 1e4), st.floats(0, 1e5))


def test_the_worked_case():
    assert WORKED.evpi_usd == pytest.approx(572.69, abs=0.005)
    assert float(WORKED.evsi_usd(500)) == pytest.approx(532.61, abs=0.005)
    best = WORKED.best_pilot(price_usd=0.04, fixed_usd=400)
    assert best.size == 695
    assert best.net_usd == pytest.approx(115.4, abs=0.05)
    assert best.cost_usd == pytest.approx(0.04 * 695 + 400)
    limited = WORKED.best_pilot(0.04, 400, most=450)
    assert (limited.size, limited.at_largest) == (450, True)


@given(savings, st.floats(0.01, 10), st.floats(0, 500))
def test_any_best_pilot_is_the_best_of_every_size(saving, price_usd, fixed_usd):
    best = saving.best_pilot(price_usd, fixed_usd, most=3_000)
    n = np.arange(1, 3_001)
    net = saving.evsi_usd(n) - price_usd * n - fixed_usd
    if best.size is None:
        assert net.max() <= 1e-9
    else:
        assert best.net_usd == pytest.approx(net.max(), rel=1e-9)
        good = n[net >= 0.95 * net.max()]
        assert best.low - good[0] in (-1, 0, 1)
        assert best.high - good[-1] in (-1, 0, 1)


@given(savings)
@example(NormalSaving(1.0, 5.2020560783287577e-157, 5823.0))
@example(NormalSaving(1.0, 5e-324, 1.0))
@example(NormalSaving(1e-300, 1e-301, 1e5))
def test_a_sample_is_worth_more_the_larger_it_is_and_never_more_than_the_truth(saving):
    evsi = saving.evsi_usd(np.array([0, 1, 10, 100, 10**4, 10**8, 10**15]))
    assert evsi[0] == 0
    assert (np.diff(evsi) >= -1e-9 * saving.evpi_usd).all()
    assert (evsi <= saving.evpi_usd * (1 + 1e-9)).all()


def test_no_pilot_pays_where_all_is_known_or_its_fixed_cost_is_above_what_it_tells():
    known = NormalSaving(-500, 0, 15_000)
    assert (known.evpi_usd, float(known.evsi_usd(1_000))) == (0.0, 0.0)
    assert known.best_pilot(0.04).size is None
    assert WORKED.best_pilot(0.04, 560).size is None
    assert NormalSaving(0, 1_000, 100).best_pilot(0.0, most=50).size == 50
