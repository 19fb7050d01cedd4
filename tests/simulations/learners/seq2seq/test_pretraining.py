from dataclasses import replace

import numpy as np
import pytest

from simulations.datasets.generation import Examples
from simulations.errors import InputError
from simulations.learners.seq2seq import Seq2SeqLearner, further_examples, pretrained
from simulations.learners.seq2seq_network import HEAD
from simulations.tasks.task import TaskData

pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")

FEW, HELD_OUT = np.arange(12), np.arange(180, 240)


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
    head = np.concatenate([np.arange(shape.numbers)[shape.place(part)] for part in HEAD])
    body = np.setdiff1d(np.arange(shape.numbers), head)
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


def test_a_plain_data_set_has_none():
    plain = TaskData("generation", "generation", ["a"], [("A",)], np.zeros((1, 1), np.float32), np.array([1]), 1, 1)
    with pytest.raises(InputError, match="leaves 0 such examples; allowed: at least 200"):
        further_examples(plain, "overlapping")
