"""Archives of learning curves are known by their name and header, and read."""

import gzip
import io
import tarfile

import numpy as np
import pytest

from research.archives.sources import read_source
from simulations.errors import InputError

MEANS = """openmlid,learner,size_train,test_mean,test_std,val_mean,n,size_test,traintime
3,SVC,32,0.75,0.02,0.7,4,100,0.1
3,SVC,16,0.5,0.04,0.6,4,100,0.1
3,SVC,64,0.8,,0.7,1,100,0.1
7,tree,16,1.0,0,0.7,25,50,0.1
"""

SCORES = """openmlid,learner,size_train,size_test,outer_seed,inner_seed,traintime,score_train,score_valid,score_test
3,sklearn.svm.SVC,16,100,0,0,0.1,1,0.5,0.4
3,sklearn.svm.SVC,16,100,1,0,0.1,1,0.5,0.6
3,sklearn.svm.SVC,32,100,0,0,0.1,1,0.5,0.8
"""

VISION = """Domain,Task,Model,Seen Examples,Loss,Training
IC,bird_5,B,2000.5,0.8,1
IC,bird_5,B,1000,0.9,1
IC,bird_10,B,1000,0.7,0
"""


def archive(path, members):
    with tarfile.open(path, "w:gz") as file:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            file.addfile(info, io.BytesIO(text.encode()))
    return path


def arrays(**changed):
    err = np.full((2, 1, 2, 3, 3), np.nan, dtype=np.float32)
    err[0, 0, 0, :, 2] = (0.5, 0.4, 0.3)
    err[0, 0, 1, :, 2] = (0.02, 0.02, 0.01)
    err[0, 0, 0, :, 1] = 0.99  # validation: not what is read
    err[1, 0, 0, :2, 2] = (0.25, 0.125)
    return {
        "err": err,
        "anchors": np.array([16, 18, 20]),
        "ids": np.array([3, 15]),
        "learners": np.array(["SVM"]),
        "names": np.array(["kr", "cancer"]),
        **changed,
    }


def test_lcdb_means(tmp_path):
    path = tmp_path / "means.csv.gz"
    path.write_bytes(gzip.compress(MEANS.encode()))
    first, second = read_source(path).curves
    assert first.labels.tolist() == [16, 32, 64]
    assert first.error == pytest.approx([0.5, 0.25, 0.2])
    assert first.standard_error[:2] == pytest.approx([0.02, 0.01])
    assert np.isnan(first.standard_error[2])  # one repetition
    assert (first.openml_id, first.group, first.learner, first.test_size) == (3, "openml 3", "SVC", 100)
    assert second.error.tolist() == [0.0]


def test_lcdb_archive_averages_its_scores_and_is_not_unpacked(tmp_path, monkeypatch):
    sets = "openmlid,Name,NumberOfClasses\n3,kr,2\n7,odd,0\n9,unknown,\n"
    members = {"lcdb-0.1.0/lcdb/database-accuracy.csv": SCORES, "lcdb-0.1.0/lcdb/datasets.csv": sets}
    path = archive(tmp_path / "lcdb-0.1.0.tar.gz", members)
    (curve,) = read_source(path).curves
    assert curve.labels.tolist() == [16, 32]
    assert curve.error == pytest.approx([0.5, 0.2])
    # Two scores 0.2 apart: sd 0.1414, standard error 0.1.
    assert curve.standard_error[0] == pytest.approx(0.1)
    assert (curve.learner, curve.classes, curve.test_size) == ("SVC", 2, 100)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_lcdb_array(tmp_path):
    path = tmp_path / "curves.npz"
    np.savez(path, **arrays())
    first, second = read_source(path).curves
    assert first.error == pytest.approx([0.5, 0.4, 0.3])
    assert first.standard_error == pytest.approx([0.02, 0.02, 0.01])
    assert (first.dataset, first.openml_id) == ("3 kr", 3)
    assert second.labels.tolist() == [16, 18]
    assert np.isnan(second.standard_error).all()


def test_vision(tmp_path):
    path = tmp_path / "vision.csv"
    path.write_text(VISION)
    ten, five = read_source(path).curves
    assert five.labels.tolist() == [1000, 2000.5]
    assert five.error == pytest.approx([0.9, 0.8])
    assert ten.group == five.group == "bird"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("no.csv", None, "there is no such file"),
        ("a.csv", "labels\n1\n", "column 'value' is missing"),
        ("a.csv", MEANS.replace("0.75", "75"), "not a fraction"),
        ("a.csv", MEANS.replace("0.75", "high"), "row 1, column 'test_mean': found 'high'"),
        ("a.csv", MEANS.replace("3,SVC,32", "3,SVC,16"), "comes twice"),
        ("a.csv", "openmlid,learner\n3,SVC\n", "column 'size_train' is missing"),
        ("a.csv", MEANS.splitlines()[0] + "\n", "no rows"),
        ("a.csv", VISION.replace("0.8,1", "4.2,1"), "error rates"),
        ("a.csv", VISION.replace("Loss", "Lost"), "column 'Loss' is missing"),
        ("a.csv.gz", b"no gzip", "cannot be read"),
        ("a.csv", b"\xff\xfe\x00", "cannot be read"),
        ("a.npz", b"no zip", "cannot be read"),
        ("a.tar.gz", b"no tar", "cannot be read"),
        ("a.parquet", b"PAR1", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path, name, content, sentence):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=sentence) as error:
        read_source(path)
    assert "\n" not in str(error.value)
