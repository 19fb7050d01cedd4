"""Published curves of active learning become rows of a curve table with names, rounds and sizes of our own."""

import numpy as np
import pytest

from research.archives.published import read_published_curves
from simulations.errors import InputError

FINE_TUNED = "CLIP ViT-B/32 fine-tuned, semi-supervised (FlexMatch)"
LINEAR = "linear on CLIP ViT-B/32 embeddings, semi-supervised (FlexMatch)"

TABLE = f"""source,dataset,kind,classes,learner,strategy,batch_size,initial_size,seed,labels,metric,value,pool_size
OpenAL,openml-1471,tabular,2,mlp,coreset_model,74,74,0,148,accuracy,0.65,14980
OpenAL,openml-1471,tabular,2,mlp,coreset_model,74,74,0,74,accuracy,0.6,14980
OpenAL,openml-42803,tabular,3,boosting,coreset_model,363,363,1,363,accuracy,0.7,363243
OpenAL,openml-42803,tabular,3,boosting,margin_kmeans_incremental,363,363,1,363,accuracy,0.7,363243
LabelBench,cifar10,image,10,"{FINE_TUNED}",coreset,200,200,2,200,accuracy,0.9,50000
LabelBench,cifar10,image,10,"{LINEAR}",coreset,200,200,2,200,accuracy,0.9,50000
LabelBench,imagenet,image,1000,"{LINEAR}",badge,50000,50000,2,50000,accuracy,0.7,1281167
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "curves.csv"
        path.write_text(text)
        return read_published_curves(path)

    return read


def test_rows_have_our_names_rounds_and_sizes(read):
    table = read(TABLE)
    assert table["round"].tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert table["strategy"].tolist() == [
        *("coreset_deep", "coreset_deep", "kcenter", "iwkmeans"),
        *("coreset_deep", "coreset", "badge"),
    ]
    assert table["dataset"].iloc[[0, 2, 4, 6]].tolist() == [
        *("openal-eeg-eye-state", "openal-road-safety", "labelbench-cifar10", "labelbench-imagenet"),
    ]
    assert table["learner"].iloc[[0, 4, 5]].tolist() == [
        *("mlp", "clip-finetuned [semi-supervised]", "clip-linear [semi-supervised]"),
    ]
    # A fifth of 14,980 is 2,996; a fifth of 363,243 is rounded up.
    assert table["test_size"].iloc[[0, 2, 4, 6]].tolist() == [2_996, 72_649, 5_000, 37_500]
    assert table["pool_size"].iloc[[0, 2, 4, 6]].tolist() == [11_984, 290_594, 50_000, 1_281_167]
    assert table["imbalance"].iloc[0] == pytest.approx(8_257 / 6_723) and np.isnan(table["imbalance"].iloc[2])


def test_a_campaign_has_one_hash_whatever_stands_beside_it(read):
    table = read(TABLE)
    assert table["trajectory"].nunique() == 6 and table["trajectory"].iloc[0] == table["trajectory"].iloc[1]
    lines = TABLE.splitlines(keepends=True)
    alone = read("".join([lines[0], *lines[:1:-1]]))
    assert alone["trajectory"].tolist() == table["trajectory"].tolist()[:0:-1]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("cifar10", "cifar11", "source and dataset: found 'LabelBench cifar11'; allowed: OpenAL openml-1471"),
        (",mlp,", ",svm,", "learner: found 'svm'; allowed: mlp, forest"),
        ("badge", "budge", "strategy: found 'budge'; allowed: random"),
        ("0.65", "65", "row 1, column 'value'"),
        ("0.65", "high", "row 1, column 'value': found 'high'"),
        (",148,", ",74,", "a label count of one curve comes twice"),
        (",value,", ",worth,", "column 'value' is missing"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(read, old, new, sentence):
    with pytest.raises(InputError, match=r"curves\.csv") as refused:
        read(TABLE.replace(old, new))
    assert sentence in str(refused.value)
