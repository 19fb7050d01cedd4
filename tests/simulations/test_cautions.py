from simulations.grid import parse_grid
from simulations.work_estimate import FEW_PER_CLASS, LowBudget, low_budgets


def grid(**changed):
    block = {"datasets": ["digits"], "strategies": ["random", "margin", "typiclust"], "batch_sizes": [20]}
    return parse_grid({"grid": {**block, "initial_size": 20, "rounds": 9, "seeds": 2, **changed}}).trajectories


def test_labels_a_class_are_counted_after_three_batches():
    assert low_budgets(grid()) == (LowBudget("digits", 10, 8.0, ("margin",)),)
    assert low_budgets(grid(initial_size=40)) == ()
    assert FEW_PER_CLASS == 10.0


def test_of_several_schedules_the_one_with_fewest_labels_is_told():
    (found,) = low_budgets(grid(batch_sizes=[20, 5, 50], strategies=["entropy", "random", "margin"]))
    assert found == LowBudget("digits", 10, 3.5, ("entropy", "margin"))


def test_fewer_rounds_than_three_count_as_they_are_and_none_ask_nobody():
    (found,) = low_budgets(grid(rounds=1, initial_size=40))
    assert found.per_class == 6.0
    assert low_budgets(grid(rounds=0)) == ()


def test_random_labelling_and_tasks_without_classes_have_no_caution():
    assert low_budgets(grid(strategies=["random", "typiclust", "coreset"])) == ()
    assert low_budgets(grid(datasets=["diabetes"], learners=["ridge_regression"], strategies=["random"])) == ()
