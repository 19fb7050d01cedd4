"""A language small enough to be learnt in a second: letters in capitals, but `a` before `b` is said `X`."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulations.datasets import DATASETS
from simulations.datasets.generation import Examples, GenerationData, text_features
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners import LEARNERS
from simulations.learners.attention import HEAD
from simulations.learners.learner import DivergedError
from simulations.learners.neural.settings import StepTraining
from simulations.learners.seq2seq import Seq2SeqLearner, further_examples, pretrained
from simulations.tasks.task import Chances
from simulations.trajectory import stream

ITEMS = 240


def said(text):
    return tuple(text.upper().replace("AB", "XB"))


def texts(count, letters, seed):
    rng = np.random.default_rng(seed)
    return tuple("".join(rng.choice(list(letters), size=rng.integers(2, 6))) for _ in range(count))


@pytest.fixture(scope="session")
def spelt():
    own, like, other = texts(ITEMS, "abcd", 0), texts(300, "abcd", 1), texts(300, "cdef", 2)
    answers = tuple(map(said, own))
    return GenerationData(
        task="generation",
        kind="generation",
        items=own,
        answers=answers,
        features=text_features(own),
        lengths=np.array(list(map(len, answers))),
        outputs=7,
        test_size=60,
        expected_lengths=np.array(list(map(len, own))),
        alphabet=tuple("abcdef"),
        symbols=tuple("ABCDEFX"),
        overlapping=Examples(like, tuple(map(said, like))),
        disjoint=Examples(other, tuple(map(said, other))),
    )


@pytest.fixture(scope="session")
def how():
    return lambda **changed: StepTraining(**{
        "passes": 12, "least_steps": 0, "learning_rate": 0.01, "dropout": 0.1, "batch_size": 16, **changed,
    })  # fmt: skip


@pytest.fixture(scope="session")
def chances():
    return lambda start=0, order=0: Chances(stream("start", start), stream("order", order))


@pytest.fixture(scope="session")
def learnt(spelt, how, chances):
    """A model of 120 items, trained from scratch."""
    return Seq2SeqLearner(24, how()).fit(spelt, np.arange(120), None, chances())


torch = pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")

POOL, HELD_OUT = np.arange(120), np.arange(180, 240)


def test_it_learns_a_small_language(learnt, spelt):
    scores = learnt.evaluate(HELD_OUT)
    assert scores["exact_match"] > 0.8 and scores["symbol_accuracy"] > 0.95 and learnt.converged
    right = np.mean([answers_of(learnt, np.array([row]))[0] == spelt.answers[row] for row in HELD_OUT])
    assert right == pytest.approx(scores["exact_match"], abs=0.02)


def answers_of(model, rows):
    symbols, _ = model.answer(rows)
    return [tuple(model.vocabulary.symbols[place] for place in row if place >= 0) for row in symbols]


def test_the_same_draws_give_the_same_bits_and_others_others(spelt, how, chances):
    learner = Seq2SeqLearner(8, how(passes=2))
    before = torch.random.get_rng_state()
    first, again, order, start = (
        learner.fit(spelt, POOL, None, chances(*draws)).weights for draws in ((0, 0), (0, 0), (0, 1), (1, 0))
    )
    assert (first == again).all() and (first != order).any() and (first != start).any()
    assert (torch.random.get_rng_state() == before).all()


def test_other_answers_than_the_labelled_ones_are_not_read(spelt, how, chances):
    learner = Seq2SeqLearner(8, how(passes=1))
    hidden = tuple(answer if row < 120 else ("F",) for row, answer in enumerate(spelt.answers))
    one, other = (learner.fit(data, POOL, None, chances()) for data in (spelt, replace(spelt, answers=hidden)))
    assert (one.weights == other.weights).all()
    assert (one.sequences(HELD_OUT).log_probability == other.sequences(HELD_OUT).log_probability).all()


def test_sureness_is_that_of_the_answer(learnt):
    found = learnt.sequences(HELD_OUT)
    answers = answers_of(learnt, HELD_OUT)
    assert found.lengths.tolist() == [[max(len(answer), 1) for answer in answers]]
    for scores in (found.log_probability, found.entropy, found.margin):
        assert scores.shape == (1, 60) and np.isfinite(scores).all()
    assert (found.log_probability <= 0).all() and (found.entropy >= 0).all()
    assert (found.margin >= 0).all() and (found.margin <= 1).all()
    # They are what training's own scores give the symbols it has, end mark included.
    expected = np.transpose([by_hand(learnt, HELD_OUT[i], answers[i]) for i in range(8)])
    for scores, worked_out in zip((found.log_probability, found.entropy, found.margin), expected, strict=True):
        assert scores[0, :8] == pytest.approx(worked_out, abs=1e-4)


def by_hand(model, row, answer):
    from simulations.learners.attention import Network, begun

    network = Network(model.shape, torch.from_numpy(model.weights))
    Y = torch.from_numpy(model.vocabulary.write([answer]))
    X = torch.from_numpy(model.vocabulary.read([model.data.items[row]]))
    with torch.no_grad():
        Z = torch.tensor([[model.shape.symbols + 1, *Y[0, :-1].tolist()]])
        past = begun(network.symbols(Z))
        logs = network.say(network.read(X), past).log_softmax(dim=2)
    top = logs.exp().topk(2, dim=2).values
    margin = (top[..., 0] - top[..., 1]).mean()
    return [float(value) for value in (logs.gather(2, Y[..., None]).sum(), -(logs.exp() * logs).sum(), margin)]


def test_an_item_is_answered_alike_whatever_stands_beside_it(learnt):
    together, embedded = learnt.sequences(HELD_OUT), learnt.embeddings(HELD_OUT)
    assert embedded.shape == (60, 24) and embedded.dtype == np.float32
    for at in (0, 31):
        alone = learnt.sequences(HELD_OUT[at : at + 1])
        assert alone.log_probability[0, 0] == pytest.approx(together.log_probability[0, at], abs=1e-4)
        assert learnt.embeddings(HELD_OUT[at : at + 1])[0] == pytest.approx(embedded[at], abs=1e-5)


def test_few_labels_are_passed_over_more_often_and_the_rate_rises_and_falls(how):
    assert how(passes=20, least_steps=300).passes_over(500) == 20
    assert how(passes=20, least_steps=300).passes_over(100) == 43
    assert how(passes=20, least_steps=300).passes_over(1) == 300
    assert how(passes=20, least_steps=0).passes_over(1) == 20
    rates = [how(learning_rate=1.0).rate(step, 1000) for step in (1, 50, 1000)]
    assert rates == pytest.approx([0.02 * (1 - 0.00095), 1 - 0.0475, 0.05])


def test_training_that_diverges_says_so(spelt, how, chances):
    with pytest.raises(DivergedError, match="training on 120 labels diverged; allowed: settings under which"):
        Seq2SeqLearner(8, how(learning_rate=1e30)).fit(spelt, POOL, None, chances())


FEW = np.arange(12)


def test_few_labels_go_further_after_pre_training(spelt, how, chances):
    scores = {
        which: Seq2SeqLearner(24, how(least_steps=100), which).fit(spelt, FEW, None, chances()).evaluate(HELD_OUT)
        for which in ("none", "overlapping", "disjoint")
    }
    assert scores["overlapping"]["symbol_accuracy"] > scores["none"]["symbol_accuracy"] + 0.2
    # Two of the four letters are in no word of the disjoint examples.
    assert scores["overlapping"]["symbol_accuracy"] > scores["disjoint"]["symbol_accuracy"]


def test_the_last_layer_is_drawn_and_the_rest_is_the_pre_trained_one(spelt, how, chances):
    learner = Seq2SeqLearner(8, how(passes=1, learning_rate=1e-12), "overlapping")
    one, other = (learner.fit(spelt, FEW, None, chances(start)) for start in (0, 1))
    shape = one.shape
    places = np.arange(one.weights.size)
    head = np.concatenate([places[shape.place(part)] for part in HEAD])
    body = np.setdiff1d(places, head)
    assert one.weights[body] == pytest.approx(other.weights[body], abs=1e-8)
    assert one.weights[body] == pytest.approx(
        pretrained(spelt.overlapping, one.vocabulary, shape, learner.how)[body], abs=1e-8
    )
    assert (one.weights[head[:-7]] != other.weights[head[:-7]]).mean() > 0.5


def test_pre_training_is_done_once_and_gives_the_same_anew(spelt, how, chances):
    learner = Seq2SeqLearner(8, how(passes=1), "disjoint")
    model = learner.fit(spelt, FEW, None, chances())
    asked = spelt.disjoint, model.vocabulary, model.shape, learner.how
    first = pretrained(*asked)
    assert pretrained(*asked) is first and not first.flags.writeable
    pretrained.cache_clear()
    assert (pretrained(*asked) == first).all()


@pytest.mark.parametrize("which", ["overlapping", "disjoint"])
def test_a_data_set_without_further_examples_is_refused(spelt, which):
    few = replace(spelt, overlapping=Examples(), disjoint=Examples(("a",) * 199, (("A",),) * 199))
    left = 0 if which == "overlapping" else 199
    with pytest.raises(InputError, match=f"found '{which}', and the data set leaves {left} such examples"):
        further_examples(few, which)


DEFAULTS = LEARNERS["seq2seq"].defaults


def grid(learner, strategies=("random",), rounds=1, **dataset):
    return parse_grid({
        "grid": {
            "datasets": [{"name": "number-words", "numbers": 300, "high": 999, "test_size": 100, **dataset}],
            "learners": [{"name": "seq2seq", "hidden": 8, "passes": 3, "least_steps": 0, **learner}],
            "strategies": list(strategies),
            "batch_sizes": [10],
            "initial_size": 20,
            "rounds": rounds,
            "seeds": 1,
        }
    }).trajectories  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("hidden", 4, "learner seq2seq, hidden: found 4; allowed: 8 to 1,024"),
        ("passes", 0, "learner seq2seq, passes: found 0; allowed: 1 to 10,000"),
        ("dropout", 0.99, "learner seq2seq, dropout: found 0.99; allowed: 0.0 to 0.95"),
        ("learning_rate", 0.0, "learner seq2seq, learning_rate: found 0.0"),
        ("order_seed", -1, "learner seq2seq, order_seed: found -1"),
        ("pretrained", "disjunct", "did you mean 'disjoint'"),
    ],
)
def test_settings_out_of_range_are_refused(setting, value, told):
    with pytest.raises(InputError, match=told):
        LEARNERS["seq2seq"].make(**{**DEFAULTS, setting: value})


def test_it_runs_under_strategies_of_all_kinds_and_gives_the_same_alone():
    asked = grid({}, ("random", "coreset", "mnlp", "coreset_deep"))
    records = run_lanes(asked)
    for record in records:
        assert set(record.series) >= {"exact_match", "symbol_accuracy"} and len(record.series["exact_match"]) == 2
    assert len({record.series["symbol_accuracy"][0] for record in records}) == 1
    (alone,) = run_lanes([asked[2]])
    assert alone.series["symbol_accuracy"] == records[2].series["symbol_accuracy"]


def test_order_and_start_move_the_value_and_leave_what_is_labelled():
    def value(order, start):
        seeds = {"order_seed": order, "start_seed": start}
        return run_lanes(grid({"hidden": 16, "least_steps": 100, **seeds}, rounds=0))[0].series["symbol_accuracy"]

    assert len({value(0, 0), value(1, 0), value(0, 1)}) == 3


def test_what_needs_other_models_or_examples_is_refused_with_a_sentence():
    with pytest.raises(InputError, match=r"strategy margin: needs .+ learner seq2seq has none"):
        grid({}, ("margin",))
    with pytest.raises(InputError, match="'disjoint', and the data set leaves 0 such examples"):
        run_lanes(grid({"pretrained": "disjoint"}, high=999_999))


DOCS = (Path(__file__).parents[3] / "docs" / "method" / "generation.md").read_text("utf-8")


def test_the_grid_runs_as_it_stands():
    (text,) = re.findall(r"```toml\n(.*?)```", DOCS, flags=re.DOTALL)
    grid = parse_grid(tomllib.loads(text))
    assert len(grid) == 60 and grid.trajectories[0].final_labels == 500


def test_every_setting_is_told_with_its_default():
    entry = LEARNERS["seq2seq"]
    for name in (
        *entry.defaults,
        *entry.further,
        *(key for d in ("pronunciations", "number-words") for key in DATASETS[d].defaults),
    ):
        assert f"`{name}" in DOCS or f"`{name} =" in DOCS, name
    d = entry.defaults
    assert f"| `hidden` | {d['hidden']} |" in DOCS and f"| `passes` | {d['passes']} |" in DOCS
    assert f"| `least_steps` | {d['least_steps']} |" in DOCS
    assert f"| {d['learning_rate']}, {d['dropout']}, {d['batch_size']} |" in DOCS
    assert {"learning_rate", "dropout", "batch_size", "passes", "least_steps"} == set(StepTraining.__dataclass_fields__)
