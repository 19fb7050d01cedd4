from dataclasses import replace

import numpy as np
import pytest

from research.scenarios import CHOOSERS, BudgetManager, StreamSetting, run_stream
from simulations.datasets import DATASETS
from simulations.errors import InputError
from simulations.learners import LEARNERS
from simulations.trajectory import Part

SETTING = StreamSetting(
    dataset=Part.of("digits", DATASETS["digits"].defaults),
    learner=Part.of("linear", LEARNERS["linear"].defaults),
    chooser="stream_margin",
    oracle=Part.of("perfect"),
    initial_size=20,
    budget=0.1,
)


@pytest.mark.parametrize("chooser", CHOOSERS)
def test_every_item_passes_once_and_spending_is_seen(chooser):
    rounds = run_stream(replace(SETTING, chooser=chooser))
    assert rounds[0].seen == 0 and rounds[0].labels == 20 and rounds[0].overrun == 0
    assert rounds[-1].seen == 1297 - 20
    bought = np.diff([r.labels for r in rounds])
    assert (bought[:-1] == 20).all() and 0 <= bought[-1] <= 20
    for r in rounds:
        assert r.overrun == pytest.approx(r.labels - 20 - 0.1 * r.seen) and r.overrun <= 0.1 * 100 + 1 + r.seen / 100
    assert rounds[-1].accuracy > rounds[0].accuracy


def test_a_stream_is_the_same_again_and_another_with_another_seed():
    assert run_stream(SETTING) == run_stream(SETTING) != run_stream(replace(SETTING, seed=1))


def test_the_bar_that_moves_spends_its_budget_and_the_bar_that_stands_does_not():
    moving, standing = (
        run_stream(replace(SETTING, chooser=c, budget=0.3))[-1] for c in ("stream_margin", "fixed_margin")
    )
    assert moving.overrun > 0 > standing.overrun and standing.labels < 0.8 * moving.labels


def test_bad_settings_are_told():
    with pytest.raises(InputError, match=r"stream: unknown chooser 'margin'; did you mean .*allowed: random"):
        run_stream(replace(SETTING, chooser="margin"))
    with pytest.raises(InputError, match="retrain_every: found 0; allowed: at least 1"):
        run_stream(replace(SETTING, retrain_every=0))


def test_the_estimate_of_spending_by_hand():
    # w = 2, budget a half: 0 → 1 (bought, 1/2 is not below a half) → 1/2 → 1/4 of the window.
    manager = BudgetManager(0.5, window=2)
    assert manager.may_buy
    manager.pass_by(bought=True)
    assert not manager.may_buy and manager.overrun == 0.5
    manager.pass_by(bought=False)
    assert manager.may_buy and manager.overrun == 0.0
    assert (manager.seen, manager.spent) == (2, 1)
