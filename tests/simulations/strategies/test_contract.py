import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView, discriminative, perceptron
from simulations.strategies.shared import lowest_k
from simulations.testing import CHECKS, check_strategy, example_streams, example_view

RANDOM = STRATEGIES["random"]
MARGIN = STRATEGIES["margin"]


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_keeps_the_contract(name, monkeypatch):
    # What is promised does not depend on how wide a network is and how long it is trained, and the time does.
    monkeypatch.setattr(perceptron, "HIDDEN", (16, 16, 16))
    monkeypatch.setattr(perceptron, "EPOCHS", 5)
    monkeypatch.setattr(discriminative, "STEPS", 40)
    assert len(check_strategy(STRATEGIES[name])) == len(CHECKS) >= 12


def _first(view, k):
    return np.stack([view.unlabelled(lane)[:k] for lane in range(view.lanes)])


class _Counter:
    """A strategy that remembers how often it was asked, which a pure function cannot."""

    def __init__(self):
        self.calls = 0

    def __call__(self, view, k, streams):
        self.calls += 1
        return np.stack([np.roll(view.unlabelled(lane), self.calls)[:k] for lane in range(view.lanes)])


def _writes(view, k, streams):
    view.features[0][0] = 0
    return _first(view, k)


def _global(view, k, streams):
    return np.stack([np.random.choice(view.unlabelled(i), k, replace=False) for i in range(view.lanes)])  # noqa: NPY002


def _shares_stream(view, k, streams):
    return np.stack([streams[0].choice(view.unlabelled(i), k, replace=False) for i in range(view.lanes)])


def _asks_twice(view, k, streams):
    return np.stack([(streams[i], streams[i])[0].permutation(view.unlabelled(i))[:k] for i in range(view.lanes)])


def _only_float32(view, k, streams):
    chosen = _first(view, k)
    return chosen if view.features[0].dtype == np.float32 else chosen[:, :-1]


BROKEN = {
    "chooses no labelled item": lambda view, k, s: (
        np.stack([np.flatnonzero(row)[:k] for row in view.labelled])
        if k < 6
        else np.tile(np.arange(k), (view.lanes, 1))
    ),
    "chooses no item twice": lambda view, k, s: np.repeat(_first(view, 1), k, axis=1),
    r"gives shape \(lanes, k\)": lambda view, k, s: _first(view, k)[:, : k - 1],
    "gives whole row numbers": lambda view, k, s: _first(view, k).astype(float),
    "stays inside the pool": lambda view, k, s: np.tile(np.arange(k) + view.pool_size, (view.lanes, 1)),
    "gives the same items for the same view": _Counter(),
    "draws nothing from the global generator": _global,
    "gives a lane the same items alone and packed": _shares_stream,
    "asks for a lane's generator once": _asks_twice,
    r"gives shape \(lanes, k\) \(float64\)": _only_float32,
}


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_strategy_is_caught(promise):
    broken = dataclasses.replace(RANDOM, name="broken", choose=BROKEN[promise])
    if promise == "draws nothing from the global generator":
        # Other checks notice it too, by its draws; here the one that names the cause.
        (check,) = [check for check in CHECKS if check.__name__ == "_check_global_generator"]
        with pytest.raises(AssertionError, match=f"strategy broken: {promise}"):
            check(broken)
        return
    with pytest.raises(AssertionError, match=f"strategy broken: {promise}"):
        check_strategy(broken)


def _last(view, k, streams):
    return np.stack([view.unlabelled(lane)[-k:] for lane in range(view.lanes)])


def _by_answers(view, k, streams):
    return np.stack([np.roll(view.unlabelled(i), view.answers[i].max())[:k] for i in range(view.lanes)])


@pytest.mark.parametrize("choose", [_last, _by_answers, STRATEGIES["kmeans"].choose, STRATEGIES["typiclust"].choose])
def test_what_is_no_sequence_is_caught(choose):
    wrong = dataclasses.replace(RANDOM, name="wrong", needs=frozenset({"features"}), choose=choose)
    with pytest.raises(AssertionError, match="strategy wrong: gives, when asked for 7 and then for 7 more"):
        check_strategy(wrong)
    assert check_strategy(dataclasses.replace(wrong, sequence=False))


def test_a_sequence_reads_nothing_of_the_model():
    with pytest.raises(AssertionError, match="strategy margin: reads nothing of the model"):
        check_strategy(dataclasses.replace(MARGIN, sequence=True))


@pytest.mark.parametrize(("name", "size"), [("qbc", 0), ("qbc", 1), ("random", 5)])
def test_a_committee_has_a_size_exactly_if_it_is_needed(name, size):
    with pytest.raises(AssertionError, match="has two members or more exactly if it needs a committee"):
        check_strategy(dataclasses.replace(STRATEGIES[name], committee_size=size))


def test_a_bound_that_is_not_kept_is_caught():
    class Boundless(type(RANDOM)):
        def select(self, view, k, streams):
            return self.choose(view, k, streams)

    fields = {f.name: getattr(RANDOM, f.name) for f in dataclasses.fields(RANDOM)}
    (check,) = [check for check in CHECKS if check.__name__ == "_check_huge_pool"]
    with pytest.raises(AssertionError, match="raises CannotSelectError when a pool has more than its 100 items"):
        check(Boundless(**{**fields, "most_items": 100}))


def test_a_strategy_cannot_write_to_its_view():
    with pytest.raises(ValueError, match="read-only"):
        check_strategy(dataclasses.replace(RANDOM, choose=_writes))


def test_undeclared_probabilities_are_refused():
    hungry = dataclasses.replace(MARGIN, needs=frozenset({"features"}))
    with pytest.raises(CannotSelectError, match="does not declare"):
        hungry.select(example_view(hungry), 3, example_streams())


def test_an_undescribed_strategy_is_caught():
    with pytest.raises(AssertionError, match="has a paper"):
        check_strategy(dataclasses.replace(RANDOM, paper=" "))


def test_more_than_is_left_is_refused():
    view = RoundView([np.zeros((5, 2))], np.array([[0, 1, -1, -1, -1]]))
    with pytest.raises(CannotSelectError, match="strategy random: asked for 4 items; allowed: 1 to 3, what is left"):
        RANDOM.select(view, 4, example_streams(1))


def test_ties_go_to_the_lowest_row():
    view = RoundView([np.zeros((6, 2))], np.array([[-1, 0, -1, -1, -1, -1]]))
    assert lowest_k(np.array([[2.0, 0.0, 1.0, 1.0, 1.0, 2.0]]), view, 4).tolist() == [[2, 3, 4, 0]]


PAGE = (Path(__file__).parents[3] / "docs" / "extend" / "add-a-strategy.md").read_text(encoding="utf-8")


def test_the_worked_example_keeps_the_contract():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
    names = {}
    exec(compile(code, "docs/extend/add-a-strategy.md", "exec"), names)
    assert len(check_strategy(names["POWER_MARGIN"])) == len(CHECKS)


def test_the_cost_table_has_every_strategy():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE) == list(STRATEGIES)


def test_what_the_page_says_of_sequences_and_bounds_is_so():
    assert {s.name for s in STRATEGIES.values() if s.sequence} == {"random", "coreset", "probcover"}
    bounded = {s.name: s.most_items for s in STRATEGIES.values() if s.most_items}
    assert bounded == dict.fromkeys(("density_margin", "typiclust", "probcover", "sequence_density"), 100_000)
