import gzip
import io
import pickle
import re
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulations.cache.catalogue import (
    RESOURCES,
    FetchError,
    as_they_are,
    conllu_sentences,
    csv_table,
    find_resource,
    folder_texts,
    join_indicators,
    keel_table,
    parse_conllu,
    parse_keel,
    parse_tab,
    pixel_rows,
    solar_cells,
    tab_texts,
    torch_weights,
)
from simulations.cache.fetch import SHIPPED
from simulations.errors import InputError


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda one: one.name)
def test_every_resource_is_complete(resource):
    assert re.fullmatch(r"[a-z0-9-]+", resource.name)
    if resource.archive is None:
        assert all((SHIPPED / name).is_file() for name in resource.members)
    else:
        assert re.fullmatch(r"[0-9a-f]{64}", resource.archive.sha256)
        assert resource.archive.requirement.startswith(f"{resource.archive.package}=={resource.archive.version} --")
    assert resource.members
    assert resource.licence and resource.paper
    assert resource.summary.endswith(".") and resource.terms.endswith(".")
    assert all(RESOURCES[name].kind == "encoder" for name in resource.needs)
    assert resource.kind in ("text", "image") if resource.needs else resource.kind != "text"
    assert (resource.items > 0) == (resource.kind not in ("encoder", "curves"))
    assert (resource.test_size > 0) == (resource.kind in ("tabular", "text", "image"))


def test_the_names_are_those_of_the_documentation():
    page = (Path(__file__).parents[3] / "docs" / "method" / "fetched-data.md").read_text(encoding="utf-8")
    table = page.partition("## What there is")[2].partition("## How it is fetched")[0]
    expected = [
        f"| `{one.name}` | {source_of(one)} | {one.summary.removesuffix('.')} | {one.licence} | {one.terms} |"
        for one in RESOURCES.values()
    ]
    assert [line for line in table.splitlines() if line.startswith("| `") and line.count(" | ") > 3] == expected
    assert all(one.archive is None or one.archive.sha256 in page for one in RESOURCES.values())


def source_of(resource):
    """Package and size, as the documentation's table has them."""
    if resource.archive is None:
        return "ships with labelplan | –"
    return f"{resource.archive.package} {resource.archive.version} | {resource.archive.size / 1e6:.1f} MB"


def test_archives_of_one_package_are_one():
    by_package = {}
    for resource in RESOURCES.values():
        if resource.archive is None:
            continue
        assert by_package.setdefault(resource.archive.package, resource.archive) is resource.archive


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(InputError, match="did you mean 'mnist5k'"):
        find_resource("mnist")


KEEL = """@relation toy
@attribute a real [0.0, 1.0]
@attribute b {NA, yes}
@attribute class {1, 2}
@data
0.5, NA, 1
000, yes, 2

1e-3,NA , 1
"""

TAB = 'Category\tText\nd\tstring\nclass\t\n\t\nship\tlaunch a strike\ngrain\t\nship\ta "quoted" word\n'

CONLLU = """# newdoc
# text = Vou à feira .
1\tVou\tir\tVERB\t_
2-3\tà\t_\t_\t_
2\ta\ta\tADP\t_
3\ta\to\tDET\t_
4\tfeira\tfeira\tNOUN\t_
4.1\t_\t_\t_\t_
5\t.\t.\tPUNCT\t_

# text = Sim
1\tSim\tsim\tINTJ\t_
"""


def test_keel_tables_keep_words_as_categories_and_na_as_a_word(tmp_path):
    assert keel_table({"toy.dat": KEEL.encode()}, tmp_path) == (3, 2)
    frame = pd.read_parquet(tmp_path / "table.parquet")
    assert list(frame.columns) == ["x1", "x2", "label"]
    assert frame["x1"].tolist() == [0.5, 0.0, 0.001]
    assert frame["x2"].cat.categories.tolist() == ["NA", "yes"]
    assert frame["x2"].cat.codes.tolist() == [0, 1, 0]
    assert frame["label"].tolist() == ["1", "2", "1"]


def test_keel_rows_of_different_lengths_are_refused():
    with pytest.raises(FetchError, match=r"different numbers of values: \[2, 3\]"):
        parse_keel("1,2,a\n1,b\n")


def test_comments_of_an_arff_file_are_no_rows():
    assert parse_keel("% NASA, 2004\n@data\n1,no\n2,yes\n")["label"].tolist() == ["no", "yes"]


def test_a_csv_table_puts_the_class_last_and_leaves_out_columns_and_then_rows_with_missing_values(tmp_path):
    text = "id;grade;size;colour\n1;good;3;red\n2;bad;?;red\nNA;good;4; blue\n4;bad;5;\n"
    counts = csv_table({"a.csv": text.encode()}, tmp_path, label="grade", without=["id"], separator=";")
    frame = pd.read_parquet(tmp_path / "table.parquet")
    assert counts == (2, 1)
    assert frame.astype({"x2": str}).to_dict("list") == {"x1": [3, 4], "x2": ["red", "blue"], "label": ["good"] * 2}


def test_a_csv_table_without_header_puts_features_and_labels_side_by_side(tmp_path):
    members = {"a.data": b"1 0 \n2 5 \n", "a.labels": b"-1\n1\n"}
    assert csv_table(members, tmp_path, label="x3", separator=r"\s+", header=False) == (2, 2)
    frame = pd.read_parquet(tmp_path / "table.parquet")
    assert frame.to_dict("list") == {"x1": [1, 2], "x2": [0, 5], "label": ["-1", "1"]}


def test_a_csv_table_is_read_out_of_archives_in_the_archive(tmp_path):
    text, tar_bytes, zip_bytes = b"a,b\n1,x\n2,y\n", io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zip_bytes, "w") as zipped:
        zipped.writestr("t.csv", text)
    with tarfile.open(fileobj=tar_bytes, mode="w:gz") as tar:
        member = tarfile.TarInfo("data/t.csv")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    assert csv_table({"t.csv.zip": zip_bytes.getvalue()}, tmp_path, label="b") == (2, 2)
    first = pd.read_parquet(tmp_path / "table.parquet")
    assert csv_table({"r.tar.gz": tar_bytes.getvalue()}, tmp_path, label="b", inside="data/t.csv") == (2, 2)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "table.parquet"), first)


def test_indicators_of_which_each_row_has_one_become_a_column_of_words():
    frame = pd.DataFrame(
        {"age": [1, 0], "sex_f": [1, 0], "sex_m": [0, 1], "ill_a": [1, 0], "ill_b": [1, 0], "pay_1": [0, 1]}
    )
    joined = join_indicators(frame)
    assert joined["sex"].tolist() == ["f", "m"]
    assert list(joined.columns) == ["age", "sex", "ill_a", "ill_b", "pay_1"]


def test_tab_texts_keep_empty_texts_and_quotes(tmp_path):
    assert parse_tab(TAB) == [("ship", "launch a strike"), ("grain", ""), ("ship", 'a "quoted" word')]
    assert tab_texts({"a.tab": TAB.encode(), "b.tab": TAB.encode()}, tmp_path) == (6, 2)
    frame = pd.read_parquet(tmp_path / "texts.parquet")
    assert frame["label"].tolist() == ["ship", "grain", "ship"] * 2
    assert frame["text"].tolist()[4] == ""


@pytest.mark.parametrize("text", ["", "a\tb\n" * 5, TAB + "one column\n", TAB + "three\tcol\tumns\n"])
def test_other_tables_of_texts_are_refused(text):
    with pytest.raises(FetchError):
        parse_tab(text)


def test_folder_texts_take_the_folder_as_class(tmp_path):
    members = {"x/data/sports/1.txt": "goal\n\n for £5m".encode("latin-1"), "x/data/tech/1.txt": "chips £".encode()}
    assert folder_texts(members, tmp_path) == (2, 2)
    frame = pd.read_parquet(tmp_path / "texts.parquet")
    assert frame.to_dict("list") == {"label": ["sports", "tech"], "text": ["goal for £5m", "chips £"]}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_conllu_keeps_words_and_leaves_out_ranges_and_empty_nodes(tmp_path, newline):
    text = CONLLU.replace("\n", newline)
    assert parse_conllu(text) == [
        (["Vou", "a", "a", "feira", "."], ["VERB", "ADP", "DET", "NOUN", "PUNCT"]),
        (["Sim"], ["INTJ"]),
    ]
    assert conllu_sentences({"a.conllu": text.encode()}, tmp_path) == (2, 6)
    frame = pd.read_parquet(tmp_path / "sentences.parquet")
    assert [list(tokens) for tokens in frame["tokens"]] == [["Vou", "a", "a", "feira", "."], ["Sim"]]


def test_pixel_rows_put_the_class_last(tmp_path):
    assert pixel_rows({"a.csv.gz": gzip.compress(b"0,255,7\n1,2,0\n")}, tmp_path) == (2, 2)
    with np.load(tmp_path / "images.npz", allow_pickle=False) as arrays:
        assert arrays["pixels"].tolist() == [[0, 255], [1, 2]]
        assert arrays["pixels"].dtype == np.uint8
        assert arrays["labels"].tolist() == [7, 0]


def test_photos_of_cells_come_in_the_order_of_their_table(tmp_path):
    image = pytest.importorskip("PIL.Image")

    def photo(level):
        file = io.BytesIO()
        image.fromarray(np.full((2, 3), level, np.uint8)).save(file, "png")
        return file.getvalue()

    table = b"images/2.png  0.3333333333333333  mono\nimages/1.png  1.0  poly\n"
    members = {"d/labels.csv": table, "d/images/1.png": photo(10), "d/images/2.png": photo(20)}
    assert solar_cells(members, tmp_path) == (2, 2)
    with np.load(tmp_path / "images.npz", allow_pickle=False) as arrays:
        assert arrays["pixels"].shape == (2, 2, 3) and arrays["pixels"][:, 0, 0].tolist() == [20, 10]
        assert arrays["labels"].tolist() == [1, 3]


def test_members_are_kept_as_they_are(tmp_path):
    as_they_are({"p/q/model.bin": b"\x00\xff", "p/words.txt": b"w"}, tmp_path)
    assert (tmp_path / "model.bin").read_bytes() == b"\x00\xff"
    assert (tmp_path / "words.txt").read_bytes() == b"w"


def test_torch_weights_become_safetensors(tmp_path):
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    torch.save({"a.weight": torch.arange(6.0).reshape(2, 3).T}, tmp_path / "w.pth")
    torch_weights({"w.pth": (tmp_path / "w.pth").read_bytes()}, tmp_path)
    read = safetensors.load_file(tmp_path / "model.safetensors")
    assert read["a.weight"].tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]


class Trap:
    def __reduce__(self):
        return print, ("the pickle ran",)


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [({"a": Trap()}, pickle.UnpicklingError, None), ([1, 2], FetchError, "something else than tensors")],
)
def test_a_weights_file_that_would_run_code_or_of_something_else_is_refused(tmp_path, capsys, content, error, sentence):
    torch = pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(error, match=sentence):
        torch_weights({"w.pth": (tmp_path / "w.pth").read_bytes()}, tmp_path)
    assert "the pickle ran" not in capsys.readouterr().out
    assert not (tmp_path / "model.safetensors").exists()
