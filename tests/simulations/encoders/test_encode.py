from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulations.cache.catalogue import RESOURCES
from simulations.cache.fetch import origin_of
from simulations.cache.stored import store_folder
from simulations.datasets.fetched import read_images
from simulations.encoders import encode, encode_images, encode_text
from simulations.encoders.encode import (
    embed,
    encode_folder,
    encode_table,
    image_files,
    open_embeddings,
    read_columns,
    read_embeddings,
)
from simulations.errors import InputError

TEXTS = [" ".join(["good", "bad", "film", "music"][i % 4] for i in range(n % 7)) for n in range(20)]


@pytest.fixture
def toy(cache, minilm, monkeypatch):
    """Twenty texts of two classes in the cache, encoded in blocks of eight."""
    resource = replace(RESOURCES["r8"], name="toy", items=20, classes=2)
    with store_folder("toy", origin_of(resource)) as folder:
        labels = ["a", "b"] * 10
        pd.DataFrame({"label": labels, "text": TEXTS}).to_parquet(folder / "texts.parquet", index=False)
    monkeypatch.setattr(encode, "_BLOCK", 8)
    return resource


def test_texts_are_encoded_once(toy, monkeypatch, cache):
    told = []
    assert embed(toy, progress=lambda done, total: told.append((done, total))) is True
    assert told == [(8, 20), (16, 20), (20, 20)]
    features = read_embeddings(toy)
    np.testing.assert_allclose(features, encode_text(TEXTS), atol=2e-6)
    assert features.dtype == np.float32
    monkeypatch.setattr(encode, "encode_text", lambda texts: pytest.fail("encoded again"))
    assert embed(toy) is False
    assert list((cache / ".encoding").iterdir()) == []


def test_an_interrupted_encoding_goes_on_after_the_last_block(toy, monkeypatch):
    asked = []

    def stopping(texts):
        asked.append(list(texts))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return encode_text(texts)

    monkeypatch.setattr(encode, "encode_text", stopping)
    with pytest.raises(KeyboardInterrupt):
        embed(toy)
    with pytest.raises(InputError, match=r"toy\.minilm is not in the cache .*: labelplan data get toy"):
        open_embeddings(toy)
    embed(toy)
    assert asked == [TEXTS[:8], TEXTS[8:16], TEXTS[8:16], TEXTS[16:]]
    np.testing.assert_allclose(read_embeddings(toy), encode_text(TEXTS), atol=2e-6)


def test_other_texts_or_another_encoder_are_encoded_anew(toy, monkeypatch):
    embed(toy)
    monkeypatch.setattr(encode, "REVISION", encode.REVISION + 1)
    with pytest.raises(InputError, match="not in the cache"):
        read_embeddings(toy)
    assert embed(toy) is True


def test_damaged_embeddings_are_told_and_made_again(toy, cache):
    embed(toy)
    path = cache / "toy.minilm" / "embeddings.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"damaged; fetch it again with: labelplan data get toy$"):
        read_embeddings(toy)
    assert embed(toy) is True
    assert read_embeddings(toy).shape == (20, 384)


def test_a_table_becomes_features_and_labels(minilm, tmp_path):
    table, out = tmp_path / "a.csv", tmp_path / "a.npz"
    table.write_text('\ufeffreview,stars\n"good, film",1\nbad music,2\nNA,1\n', encoding="utf-8")
    assert encode_table(table, out, text="review", label="stars") == (3, 384, 2)
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["features"].shape == (3, 384)
        assert arrays["features"].dtype == np.float32
        assert arrays["labels"].tolist() == ["1", "2", "1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.npz", "cache"]


def test_tab_separated_and_parquet_tables_are_read(tmp_path):
    tsv, parquet = tmp_path / "a.tsv", tmp_path / "a.parquet"
    tsv.write_text("t\tl\na, b\t1\n")
    pd.DataFrame({"t": ["a, b"], "l": [1]}).to_parquet(parquet)
    assert read_columns(tsv, "t", "l") == read_columns(parquet, "t", "l") == (["a, b"], ["1"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("t,x\na,b\n", "unknown column 'l'"),
        ("t,l\na,b\n ,c\n", r"row 2, column 't': the cell is empty"),
        ("t,l\na,\n", r"row 1, column 'l': the cell is empty"),
        ('t,l\n"a,b\n', "is not a readable table"),
        ("t,l\na,b,c\nd,e,f\n", "is not a readable table"),
        ("t,l\na,b\nc\n", r"row 2, column 'l': the cell is empty"),
        ("", "is not a readable table"),
        ("t,l\n", "there are no rows"),
        ("t,t,l\na,b,c\n", "column 't' is there twice"),
        (b"t,l\n\xff\xfe,1\n", "is not a readable table"),
    ],
)
def test_bad_tables_are_told(tmp_path, text, sentence):
    table = tmp_path / "a.csv"
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=sentence):
        read_columns(table, "t", "l")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("a.csv", "cannot be read"), ("a.xlsx", r"found a '\.xlsx' file"), ("b.parquet", "is not a readable table")],
)
def test_other_files_are_told(tmp_path, name, sentence):
    (tmp_path / "b.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match=sentence):
        read_columns(tmp_path / name, "t", "l")


@pytest.mark.parametrize("out", ["a.csv", "missing/a.npz"])
def test_a_result_that_could_not_be_written_is_told_first(tmp_path, out):
    with pytest.raises(InputError, match="--out"):
        encode_table(tmp_path / "none.csv", tmp_path / out, text="t", label="l")


def test_fetched_images_are_encoded_in_blocks(effnet, monkeypatch):
    pixels = np.arange(3 * 40 * 30, dtype=np.uint8).reshape(3, 40, 30)
    resource = replace(RESOURCES["solar-cells"], name="toy", items=3, classes=2)
    with store_folder("toy", origin_of(resource)) as folder:
        np.savez(folder / "images.npz", pixels=pixels, labels=np.array([0, 1, 1]))
    monkeypatch.setattr(encode, "_BLOCK", 2)
    assert embed(resource) is True and embed(resource) is False
    assert open_embeddings(resource).folder.name == "toy.effnet-lite0"
    features, labels, scaling = read_images(resource)
    np.testing.assert_allclose(features, encode_images(pixels), rtol=1e-4, atol=1e-5)
    assert labels.tolist() == [0, 1, 1] and scaling == "global"


def test_a_folder_of_images_takes_the_subfolder_as_label(effnet, tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    for name in ("cat/b.png", "cat/a.PNG", "dog/c.jpg"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (30, 30, 3), dtype=np.uint8)).save(path)
    (tmp_path / "photos" / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "photos" / ".hidden").mkdir()
    assert [path.name for path in image_files(tmp_path / "photos")] == ["a.PNG", "b.png", "c.jpg"]
    assert encode_folder(tmp_path / "photos", tmp_path / "out.npz") == (3, 1280, 2)
    with np.load(tmp_path / "out.npz", allow_pickle=False) as arrays:
        assert arrays["labels"].tolist() == ["cat", "cat", "dog"]


def test_folders_without_images_are_told(tmp_path):
    with pytest.raises(InputError, match="there is no such folder"):
        image_files(tmp_path / "none")
    (tmp_path / "empty" / "class").mkdir(parents=True)
    with pytest.raises(InputError, match="holds no images in subfolders"):
        image_files(tmp_path / "empty")


def test_an_encoding_that_fails_leaves_no_file(effnet, tmp_path):
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    (tmp_path / "photos" / "cat" / "a.png").write_text("not an image")
    with pytest.raises(InputError, match="not an image"):
        encode_folder(tmp_path / "photos", tmp_path / "out.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos"]
