from research.scenarios import BudgetManager


def test_the_estimate_by_hand():
    # w = 2, budget a half: 0 → 1 (bought, 1/2 is not below a half) → 1/2 → 1/4 of the window.
    manager = BudgetManager(0.5, window=2)
    assert manager.may_buy
    manager.pass_by(bought=True)
    assert not manager.may_buy and manager.overrun == 0.5
    manager.pass_by(bought=False)
    assert manager.may_buy and manager.overrun == 0.0
    assert (manager.seen, manager.spent) == (2, 1)
