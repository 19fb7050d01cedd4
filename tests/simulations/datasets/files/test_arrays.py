import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from simulations.datasets import dataset
from simulations.errors import InputError

LABELS = np.arange(20) % 2
X = np.arange(60.0).reshape(20, 3)


def test_features_less_their_first_row(files):
    data = files.npz(features=X, labels=LABELS)
    assert data.features.dtype == np.float32 and (data.features == X - X[0]).all()
    assert (data.clean == LABELS).all()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([np.bool_, np.uint8, np.int16, np.uint32, np.int64, np.float16, np.float32, np.float64]),
    arrays.arrays(np.float64, (12, 2), elements=st.floats(0, 100)),
)
def test_any_type_of_number(files, kind, drawn):
    features = drawn.astype(kind)
    data = files.npz(features=features, labels=np.arange(12) % 3)
    assert data.features == pytest.approx(features.astype(float) - features[0].astype(float), rel=1e-6, abs=1e-40)


@pytest.mark.parametrize("labels", [np.array(["no", "yes"] * 10), LABELS == 1, LABELS * 1.0, LABELS.astype(np.uint8)])
def test_labels_of_every_type(files, labels):
    assert (files.npz(features=X, labels=labels).clean == LABELS).all()


def test_labels_are_numbered_in_their_order(files):
    assert files.npz(features=X, labels=np.where(LABELS, 9, 10)).clean.tolist() == [1, 0] * 10
    assert files.npz(features=X, labels=np.where(LABELS, "9", "10")).clean.tolist() == [1, 0] * 10
    assert files.npz(features=X, labels=np.where(LABELS, "x9", "x10")).clean.tolist() == [0, 1] * 10


def _with(value):
    spoilt = X.copy()
    spoilt[4, 1] = value
    return spoilt


def _label(place, value, kind=float):
    labels = LABELS.astype(kind)
    labels[place] = value
    return labels


def test_the_largest_whole_numbers_are_labels(files):
    assert files.npz(features=X, labels=np.where(LABELS, -(2.0**53), 2.0**53)).clean.tolist() == [1, 0] * 10


def test_texts_are_trimmed_as_in_a_table(files):
    labels = np.array(["no", "yes ", " no", "\u00a0yes\n"] * 5)
    assert files.npz(features=X, labels=labels).clean.tolist() == [0, 1, 0, 1] * 5


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"features": _with(np.nan), "labels": LABELS}, "array 'features', row 5, column 2: found nan; allowed: a fin"),
        ({"features": _with(-np.inf), "labels": LABELS}, "array 'features', row 5, column 2: found -inf; allowed:"),
        ({"features": _with(1e30), "labels": LABELS}, "row 5, column 2: found 1e+30; allowed: a finite number of at"),
        ({"features": X.astype(object), "labels": LABELS}, "array 'features': holds object; allowed: numbers, never"),
        ({"features": X, "labels": LABELS.astype(object)}, "array 'labels': holds object; allowed: numbers or text,"),
        ({"features": X.astype(str), "labels": LABELS}, "array 'features': holds <U32; allowed: numbers, never"),
        ({"features": X + 1j, "labels": LABELS}, "array 'features': holds complex128; allowed: numbers, never"),
        ({"X": X, "labels": LABELS}, "mine.npz: the array 'features' is missing; found: X, labels"),
        ({"features": X}, "mine.npz: the array 'labels' is missing; found: features"),
        ({"features": X[0], "labels": LABELS}, "array 'features': found the shape (3,); allowed: (items, columns)"),
        ({"features": X, "labels": LABELS[:, None]}, "array 'labels': found the shape (20, 1); allowed: (items,)"),
        ({"features": X[:, :0], "labels": LABELS}, "array 'features': found the shape (20, 0); allowed: (items, colu"),
        ({"features": X[:0], "labels": LABELS}, "array 'features': found the shape (0, 3); allowed: (items, columns)"),
        ({"features": X, "labels": LABELS[:19]}, "mine.npz: found 20 rows of features and 19 labels"),
        ({"features": X, "labels": LABELS / 2}, "array 'labels', row 2: found 0.5; allowed: whole numbers of at most"),
        (
            {"features": X, "labels": _label(3, np.inf)},
            "array 'labels', row 4: found inf; allowed: whole numbers",
        ),
        (
            {"features": X, "labels": _label(3, np.nan)},
            "array 'labels', row 4: found nan; allowed: whole numbers",
        ),
        ({"features": X, "labels": _label(3, -1e300)}, "array 'labels', row 4: found -1e+300; allowed: whole numbers"),
        ({"features": X, "labels": _label(3, 2.0**53 + 2)}, "row 4: found 9007199254740994.0; allowed: whole numbers"),
        (
            {"features": X, "labels": _label(3, "", str)},
            "array 'labels', row 4: the text is empty; allowed:",
        ),
        (
            {"features": X, "labels": _label(3, "\t ", str)},
            "array 'labels', row 4: the text is empty; allowed:",
        ),
        ({"features": X, "labels": LABELS * 0}, "mine.npz, array 'labels': all rows have the label '0'; at least two"),
    ],
)
def test_bad_arrays_are_told(files, content, sentence):
    with pytest.raises(InputError) as caught:
        files.npz(**content)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_no_npz_file_is_told(files):
    for content in (b"", b"something else", b"PK\x03\x04"):
        (files.folder / "mine.npz").write_bytes(content)
        with pytest.raises(InputError, match=r"mine\.npz: is not a readable \.npz file \("):
            files.load("mine.npz")


def test_a_damaged_file_is_told(files):
    files.npz(features=X, labels=LABELS)
    content = bytearray((files.folder / "mine.npz").read_bytes())
    content[300] ^= 0xFF
    (files.folder / "mine.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"mine\.npz: is not a readable \.npz file \(Bad CRC-32"):
        files.load("mine.npz")


def test_a_damaged_compressed_file_is_told(files):
    np.savez_compressed(files.folder / "mine.npz", features=X, labels=LABELS)
    content = (files.folder / "mine.npz").read_bytes()
    rng, told = np.random.default_rng(0), []
    for _ in range(300):
        spoilt = bytearray(content)
        spoilt[rng.integers(len(spoilt))] ^= int(rng.integers(1, 256))
        (files.folder / "mine.npz").write_bytes(spoilt)
        try:
            files.load("mine.npz")
        except InputError as error:
            told.append(str(error))
    assert any("(Error -3 while decompressing data" in sentence for sentence in told)
    assert all(sentence.startswith("mine.npz") and "\n" not in sentence for sentence in told)


def test_an_encrypted_file_is_told(files):
    files.npz(features=X, labels=LABELS)
    content = bytearray((files.folder / "mine.npz").read_bytes())
    with zipfile.ZipFile(files.folder / "mine.npz") as archive:
        places = [(one.header_offset + 6) for one in archive.infolist()]
    # Bit 0 of the flags, in the local headers and in the directory at the end, says that a password is needed.
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        places.append(at + 8)
        at = content.find(b"PK\x01\x02", at + 1)
    for place in places:
        content[place] |= 1
    (files.folder / "mine.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"mine\.npz: is not a readable \.npz file \(File .* is encrypted"):
        files.load("mine.npz")


@pytest.mark.parametrize("key", ["label", "features", "drop"])
def test_settings_of_tables_are_refused(files, key):
    with pytest.raises(InputError, match=f"mine.npz, {key}: is for tables; an .npz holds the arrays"):
        files.npz(features=X, labels=LABELS, settings={key: "a"})


def test_too_large_an_array_is_told_by_its_header(files, monkeypatch):
    monkeypatch.setattr(dataset, "MOST_NUMBERS", 59)
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("the numbers were read"))
    with pytest.raises(InputError, match="has 20 rows × 3 feature columns; allowed: 59 numbers, 19 rows of"):
        files.npz(features=X, labels=LABELS)
