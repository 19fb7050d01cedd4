import numpy as np
import pandas as pd
import pytest

from simulations.cache.catalogue import RESOURCES
from simulations.cache.convert import SENTENCES
from simulations.cache.fetch import origin_of
from simulations.cache.stored import storing
from simulations.datasets import DATASETS, load_dataset, pool_size
from simulations.errors import InputError
from simulations.trajectory import Part

PART = Part.of("pos-pt", {"test_size": 1500})
TAGS = [f"T{code:02}" for code in range(16)]


@pytest.fixture
def keep(monkeypatch, tmp_path):
    """Put tagged sentences where the fetched ones lie."""
    monkeypatch.setenv("LABELPLAN_CACHE", str(tmp_path / "cache"))

    def put(sentences, tags):
        with storing("pos-pt", origin_of(RESOURCES["pos-pt"])) as folder:
            pd.DataFrame({"tokens": sentences, "tags": tags}).to_parquet(folder / SENTENCES, index=False)

    return put


def test_without_a_fetch_the_sentence_names_the_command(keep):
    with pytest.raises(InputError, match="fetch it once with: labelplan data get pos-pt"):
        pool_size(PART)


def test_what_was_fetched_is_tagging(keep):
    rng = np.random.default_rng(0)
    tags = [[TAGS[row % 16], *rng.choice(TAGS, row % 3)] for row in range(8420)]
    keep([[f"{tag.lower()}x" for tag in own] for own in tags], tags)
    assert DATASETS["pos-pt"].task == "tagging" and pool_size(PART) == (6920, 16)
    data = load_dataset(PART)
    assert (data.outputs, data.test_size, data.kind) == (16, 1500, "sequence")
    # Tags are numbered in the order of their names.
    assert data.answers[3][0] == 3 and data.items[3][0] == "t03x"
    assert data.lengths.tolist() == [1 + row % 3 for row in range(8420)]


def test_a_damaged_fetch_is_told(keep):
    keep([["a"], ["b"]], [["X"], ["Y"]])
    with pytest.raises(InputError, match="holds 2 sentences with 2 tags where 8420 with 16 belong"):
        load_dataset(PART)


@pytest.mark.parametrize("test_size", [19, 8401])
def test_a_test_set_that_leaves_nothing_is_told(keep, test_size):
    with pytest.raises(InputError, match=rf"pos-pt, test_size: found {test_size}; allowed: 20 to 8,400"):
        DATASETS["pos-pt"].load(test_size=test_size)
