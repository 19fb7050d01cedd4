import numpy as np
import pytest

from simulations.errors import InputError
from simulations.learners.seq2seq_network import NOTHING, Vocabulary
from simulations.tasks.task import TaskData


def test_texts_and_answers_are_numbered():
    vocabulary = Vocabulary(tuple("ab"), ("X", "Y"))
    assert vocabulary.read(["ab", "b"]).tolist() == [[1, 2, 3], [2, 3, 0]]
    assert vocabulary.write([("Y",), ()]).tolist() == [[1, 2], [2, NOTHING]]
    assert vocabulary.write([("Y",), ()], end=False).tolist() == [[1, NOTHING], [NOTHING, NOTHING]]


def test_a_data_set_that_tells_none_has_what_occurs():
    data = TaskData("generation", "generation", ["ba", "c"], [("Y", "X"), ("Y",)], np.zeros((2, 1), np.float32),
                    np.array([2, 1]), 2, 1)  # fmt: skip
    assert Vocabulary.of(data) == Vocabulary(("a", "b", "c"), ("X", "Y"))


@pytest.mark.parametrize(
    ("text", "told"),
    [("axe", "found the character 'x' in 'axe'; allowed: a e"), ("", "found a text without a character")],
)
def test_unreadable_texts_are_refused(text, told):
    with pytest.raises(InputError, match=told):
        Vocabulary(("a", "e"), ()).read(["ae", text])


def test_items_that_are_no_texts_are_refused():
    data = TaskData("generation", "generation", [3.5], [("X",)], np.zeros((1, 1), np.float32), np.array([1]), 1, 1)
    with pytest.raises(InputError, match="found an item that is float; allowed: texts"):
        Vocabulary.of(data)
