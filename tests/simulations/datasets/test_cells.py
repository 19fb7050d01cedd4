import csv
import decimal
import io
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulations.datasets import dataset
from simulations.datasets.cells import Raw
from simulations.datasets.pool import split
from simulations.errors import InputError
from tests.simulations.datasets.conftest import FILE, Files

ROWS = [f"{i},{i * 0.5},{'uvw'[i % 3]}" for i in range(30)]


def _text(*, header="a,b,y", rows=ROWS, replace=None):
    rows = [(replace or {}).get(i, row) for i, row in enumerate(rows, start=1)]
    return "\n".join([header, *rows]) + "\n"


def test_numbers_and_labels(files):
    data = files.csv(_text())
    assert data.features.tolist() == [[i, i * 0.5] for i in range(30)]
    assert data.clean.tolist() == data.observed.tolist() == [i % 3 for i in range(30)]
    assert (data.classes, data.test_size, data.kind, data.scaling) == (3, 6, "tabular", "feature")


@pytest.mark.parametrize(
    "written",
    [
        _text().replace(",", ";"),
        _text().replace(",", "\t"),
        _text().replace("\n", "\r\n"),
        "\ufeff" + _text(),
        "\n\n" + _text().replace("\n", "\n\n"),
        _text().replace(",", " , "),
        _text().removesuffix("\n"),
        _text(replace={3: "2,+1.0,w", 4: '"3",1.5,"u"'}),
    ],
)
def test_dialects_read_alike(files, written):
    data = files.csv(written)
    assert data.features.tolist() == [[i, i * 0.5] for i in range(30)]
    assert data.clean.tolist() == [i % 3 for i in range(30)]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('"x;a;b;c",b,y', "x;a;b;c"),
        ('"x\ta\tb",b,y', "x\ta\tb"),
        ('h 5",b,y', 'h 5"'),
        ('"height\n(cm)",b,y', "height (cm)"),
        ('"height \r\n (cm)",b,y', "height (cm)"),
    ],
)
def test_the_header_is_read_as_a_row_of_cells(files, header, name):
    data = files.csv(_text(header=header), features=f'"{name}"' if '"' not in name else "", drop="b")
    assert data.features[:, 0].tolist() == list(range(30)) and data.features.shape == (30, 1)
    with pytest.raises(InputError, match=r"^mine\.csv, row 8: found 2 cells; allowed: 3"):
        files.csv(_text(header=header, replace={8: "7,1"}))


def test_columns_are_chosen_by_name(files):
    assert files.csv(_text(), features="b").features.shape == (30, 1)
    assert files.csv(_text(), drop="a").features[2].tolist() == [1.0]
    quoted = _text(header='a,"b, c",y')
    assert files.csv(quoted, features='"b, c"').features[2].tolist() == [1.0]


def test_text_becomes_indicators_in_sorted_order(files):
    rows = [f"{i},{['red', 'blue'][i % 2]},{i % 5 % 2}" for i in range(40)]
    data = files.csv(_text(rows=rows), one_hot=True)
    assert data.features[:2].tolist() == [[0, 0, 1], [1, 1, 0]]


def test_a_column_that_turns_out_to_be_text_late_is_read_again(files):
    # More than one block of 4 MiB comes before the first text.
    rows = [f"{i % 7},{'x' * 100 if i % 2 else 'y' * 100},{i % 2}" for i in range(50_000)] + ["red,z,1"] * 8
    data = files.csv(_text(rows=rows), one_hot=True)
    assert data.features.shape == (50_008, 8 + 3)
    assert data.features[-1].tolist() == [0] * 7 + [1] + [0, 0, 1]
    assert data.features[:14, :7].argmax(axis=1).tolist() == [*range(7), *range(7)]


def test_far_offsets_keep_their_precision(files):
    rows = [f"{1_700_000_000_000 + i},{1e-6 * i},{i % 2}" for i in range(20)]
    data = files.csv(_text(rows=rows))
    assert data.features[:, 0].tolist() == list(range(20))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 4).flatmap(
        lambda d: st.lists(st.lists(st.floats(-1e6, 1e6), min_size=d, max_size=d), min_size=8, max_size=30)
    ),
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), min_size=2, unique=True),
)
def test_any_table_comes_back(files, rows, names):
    labels = [names[i % 2] for i in range(len(rows))]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*(f"f{j}" for j in range(len(rows[0]))), "y"])
    writer.writerows([*map(repr, row), label] for row, label in zip(rows, labels, strict=True))
    data = files.csv(out.getvalue())
    wanted = np.array(rows) - np.array(rows[0])
    assert data.features == pytest.approx(wanted.astype(np.float32), rel=1e-6, abs=1e-30)
    order = sorted(set(labels), key=lambda name: int(name) if all(n in ("0", "1") for n in set(labels)) else name)
    assert len(set(data.clean)) == len(order) == 2
    assert all((data.clean[i] == data.clean[0]) == (labels[i] == labels[0]) for i in range(len(labels)))


TEXT = "; allowed: a number; or one_hot = true where the texts are categories, or the column in drop"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (_text(replace={8: "7,abc,v"}), f"mine.csv, row 8, column 'b': found 'abc'{TEXT}"),
        (_text(replace={8: "7,1_000,v"}), f"mine.csv, row 8, column 'b': found '1_000'{TEXT}"),
        (
            _text(replace={8: "7,,v"}),
            "mine.csv, row 8, column 'b': the cell is empty; allowed: a number; or missing = \"fill\", or the column",
        ),
        (
            "1,2,u\n" * 20,
            "mine.csv: the first line has numbers where the second has, such as 1, as an item and no header does;",
        ),
        (_text(replace={8: "7,nan,v"}), "mine.csv, row 8, column 'b': found nan; allowed: a finite number;"),
        (_text(replace={8: "-inf,1,v"}), "mine.csv, row 8, column 'a': found -inf; allowed: a finite number;"),
        (_text(replace={8: "7,1e300,v"}), "mine.csv, row 8, column 'b': found 1e+300; allowed: at most 1e+18 in size"),
        (_text(replace={8: "7,1, "}), "mine.csv, row 8, column 'y': the cell is empty; allowed: text or a whole"),
        (_text(replace={8: "7,1"}), "mine.csv, row 8: found 2 cells; allowed: 3, as in the header"),
        (_text(replace={8: "7,1,v,9"}), "mine.csv, row 8: found 4 cells; allowed: 3, as in the header"),
        ("", "mine.csv: is empty; a header line and a row for each item are needed"),
        (" \n\n", "mine.csv: is empty; a header line and a row for each item are needed"),
        ("a,b,y", "mine.csv: has no rows under its header; a row for each item is needed"),
        ("\n\na,b,y", "mine.csv: has no rows under its header; a row for each item is needed"),
        ('"a,b,y\n' + _text(), "mine.csv, label: unknown column 'y'"),
        ('"a,b,y\n' + _text() * 9, "mine.csv: a column name has more than 1,000 characters, as after a quote that"),
        ('"a,b,y\n' + _text() * 900, "mine.csv: a column name has more than 1,000 characters, as after a quote that"),
        (
            ",".join(f"c{i}" for i in range(300_000)) + ",y\n" + ",".join("1" * 300_000) + ",u\n",
            "mine.csv: has 300,000 feature columns; allowed: at most 10,000; choose some",
        ),
        (",".join("abcdefghij" * 1001) + ",y\n", "mine.csv: found 1001 columns named 'a'; allowed: each name once"),
        ("a,b,y\n", "mine.csv, column 'y': there are no rows; at least two classes are needed"),
        (_text(header="a,a,y"), "mine.csv: found 2 columns named 'a'; allowed: each name once"),
        (_text(header=",b,y"), "mine.csv, column 1: has no name, as row numbers written beside a table have none;"),
        (_text(header="a,b,z"), "mine.csv, label: unknown column 'y'; allowed: a, b, z"),
        ("y\n" + "u\nv\n" * 9, "mine.csv: no feature column is left; found only y"),
        (_text().encode("utf-16"), "mine.csv: is not UTF-8 text; save it as CSV in UTF-8"),
        ((_text() + "1,2,é\n").encode("latin-1"), "mine.csv: is not UTF-8 text; save it as CSV in UTF-8"),
        (b"\x00\x01,\xff,y\n", "mine.csv: is not UTF-8 text; save it as CSV in UTF-8"),
    ],
)
def test_bad_files_are_told(files, written, sentence):
    with pytest.raises(InputError) as caught:
        files.csv(written)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_rows_are_counted_over_blocks(files):
    rows = [f"1.5,2.5,{'u' * 100}", f"2.5,1.5,{'v' * 100}"] * 25_000  # more than a block of 4 MiB
    with pytest.raises(InputError, match=r"mine\.csv, row 45001, column 'b': found 'far'"):
        files.csv(_text(rows=rows, replace={45_001: "1,far,u"}))


@pytest.mark.parametrize(
    ("row", "told"), [("{0},note {0},{1}", "'b': found more than 200"), ("{0},{1},id{0}", "'y': found more than 1,000")]
)
def test_free_text_and_identifiers_are_told_before_they_fill_the_memory(files, row, told):
    with pytest.raises(InputError, match=f"column {told} different texts, as of an ident"):
        files.csv(_text(rows=[row.format(i, i % 2) for i in range(3000)]), one_hot=True)


def test_too_large_a_file_is_told_before_it_fills_the_memory(files, monkeypatch):
    monkeypatch.setattr(dataset, "MOST_NUMBERS", 50)
    with pytest.raises(InputError) as caught:
        files.csv(_text())
    assert str(caught.value) == (
        "mine.csv: has at least 30 rows × 2 feature columns; allowed: 50 numbers, 25 rows of such; "
        "a random sample of the rows simulates as well"
    )


LABELS = ["no", "yes"] * 10
CODED = pa.array(["a", "b"] * 10).dictionary_encode()


def test_numbers_of_every_type(files):
    data = files.parquet(
        {
            "small": pa.array([i % 5 for i in range(20)], pa.uint8()),
            "large": [2**58 + 2**40 * i for i in range(20)],
            "real": pa.array([0.5 * i for i in range(20)], pa.float32()),
            "flag": [i % 2 == 1 for i in range(20)],
            "money": [decimal.Decimal(i) / 4 for i in range(20)],
            "y": LABELS,
        }
    )
    assert data.features[3].tolist() == [3, 3 * 2**40, 1.5, 1, 0.75]
    assert data.clean.tolist() == [0, 1] * 10


@pytest.mark.parametrize("labels", [[3, 12] * 10, [3.0, 12.0] * 10, [False, True] * 10, ["a", "b"] * 10, CODED])
def test_labels_of_every_type(files, labels):
    assert files.parquet({"a": [*range(20)], "y": labels}).clean.tolist() == [0, 1] * 10


def test_items_of_parquet_are_counted_before_they_are_read(files, monkeypatch):
    monkeypatch.setattr(dataset, "MOST_ITEMS", 19)
    with pytest.raises(InputError, match=r"mine\.parquet: found 20 rows; allowed: up to 19"):
        files.parquet({"a": [*range(20)], "y": LABELS})


def test_categories_as_text_or_dictionary(files):
    colours = pa.array(["red", "blue"] * 10)
    for column in (colours, colours.dictionary_encode(), colours.cast(pa.large_string())):
        assert files.parquet({"c": column, "y": LABELS}, one_hot=True).features[0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"a": [1.0, None] * 10}, "mine.parquet, row 2, column 'a': the cell is empty; allowed: a number"),
        ({"a": [1.0, float("nan")] * 10}, "mine.parquet, row 2, column 'a': found nan; allowed: a finite number;"),
        ({"a": ["red", "blue"] * 10}, "mine.parquet, row 1, column 'a': found 'red'; allowed: a number; or one_hot"),
        ({"a": [[1.0, 2.0]] * 20}, "mine.parquet, column 'a': holds list<"),
        ({"a": pa.array([1] * 20, pa.timestamp("s"))}, "mine.parquet, column 'a': holds timestamp[ms]; allowed: numb"),
        ({"a": [1] * 20, "y": ["u", None] * 10}, "mine.parquet, row 2, column 'y': the cell is empty; allowed: text"),
        ({"a": [1] * 20, "y": [0.5, 1.0] * 10}, "mine.parquet, row 1, column 'y': found 0.5; allowed: a class:"),
        ({"a": [1] * 20, "y": [1.0, float("inf")] * 10}, "mine.parquet, row 2, column 'y': found inf; allowed: a cl"),
        ({"a": [1] * 20, "y": [1.0, None] * 10}, "mine.parquet, row 2, column 'y': found nan; allowed: a class:"),
        ({"a": [1] * 20, "y": pa.array([1] * 20, pa.date32())}, "mine.parquet, column 'y': holds date32"),
        ({"a": pa.array([], pa.float64()), "y": pa.array([], pa.string())}, "column 'y': there are no rows"),
    ],
)
def test_bad_columns_are_told(files, columns, sentence):
    with pytest.raises(InputError) as caught:
        files.parquet({"y": LABELS, **columns})
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_no_parquet_file_is_told(files):
    (files.folder / "mine.parquet").write_text("a,b,y\n")
    with pytest.raises(InputError, match=r"mine\.parquet: is not a readable Parquet file \("):
        files.load("mine.parquet")
    files.parquet({"a": [*range(20)], "y": LABELS}, "cut.parquet")
    whole = (files.folder / "cut.parquet").read_bytes()
    (files.folder / "cut.parquet").write_bytes(whole[:4] + bytes(40) + whole[44:])
    with pytest.raises(InputError, match=r"cut\.parquet: is not a readable Parquet file \("):
        files.load("cut.parquet")


def _raw(labels):
    names = list(dict.fromkeys(labels))
    codes = np.array([names.index(label) for label in labels], np.int64)
    return Raw(np.arange(len(labels), dtype=np.float32)[:, None], codes, names, "column 'y'")


def _classes(labels, rare_classes="refuse"):
    raw, numbers, classes = _raw(labels).classified("f.csv", rare_classes)
    return raw.features, numbers, classes


@given(st.lists(st.sampled_from(["b", "a", "10", "9", "é"]), min_size=8, max_size=60))
def test_numbers_follow_the_sorted_names(labels):
    present = [name for name in set(labels) if labels.count(name) >= 4]
    if len(present) < 2:
        return
    features, numbers, classes = _classes(labels, "drop")
    kept = [labels[int(row)] for row in features[:, 0]]
    assert kept == [label for label in labels if label in present] and classes == len(present)
    whole = set(present) == {"9", "10"}
    assert [sorted(present, key=int if whole else None)[n] for n in numbers] == kept


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (["10", "9", "-1"], ["-1", "9", "10"]),
        (["10", "9", "x"], ["10", "9", "x"]),
        (["10", "09", "9"], ["09", "10", "9"]),
        (["--1", "1", "2"], ["--1", "1", "2"]),
        (["²", "1", "2"], ["1", "2", "²"]),
    ],
)
def test_whole_numbers_sort_by_value_others_as_text(labels, order):
    _, numbers, _ = _classes(labels * 4)
    assert [order[n] for n in numbers[:3]] == labels


def test_rare_classes_are_refused_by_name_and_row():
    with pytest.raises(InputError) as caught:
        _classes(["a"] * 9 + ["b"] * 9 + ["c", "d", "c"])
    assert str(caught.value) == (
        "f.csv, column 'y', row 19: class 'c' (and 1 more) has fewer than 4 items (2), too few to hold some out; "
        'allowed: more of them, rare_classes = "pool" (learned, never tested) or "drop" (left out)'
    )


def test_rare_classes_may_stay_in_the_pool_or_go():
    labels = ["a"] * 9 + ["c"] + ["b"] * 9
    assert _classes(labels, "pool")[1].tolist() == [0] * 9 + [2] + [1] * 9
    features, numbers, classes = _classes(labels, "drop")
    assert numbers.tolist() == [0] * 9 + [1] * 9 and classes == 2 and 9.0 not in features


def test_two_classes_must_be_left():
    for rare_classes in ("pool", "drop"):
        with pytest.raises(InputError, match="fewer than two classes have at least 4 items; two are needed"):
            _classes(["a"] * 9 + ["b", "c"], rare_classes)
    with pytest.raises(InputError, match=r"f\.csv, column 'y': all rows have the label 'a'; at least two"):
        _classes(["a"] * 9)


@pytest.mark.parametrize("labels", [[str(i / 7) for i in range(100)], [str(i // 5) for i in range(6000)]])
def test_measurements_and_identifiers_are_refused(labels):
    with pytest.raises(InputError, match=r"different labels in [0-9,]+ rows, as of a measurement or an ident"):
        _classes(labels)


def test_too_large_a_table_is_told_by_its_header(files, monkeypatch):
    monkeypatch.setattr(dataset, "MOST_NUMBERS", 39)
    with pytest.raises(InputError, match="has 20 rows × 2 feature columns; allowed: 39 numbers, 19 rows of"):
        files.parquet({"a": [*range(20)], "b": [*range(20)], "y": LABELS})


def test_columns_that_come_twice_are_told(files):
    from pyarrow import parquet

    table = pa.table([[1, 2] * 10, [1, 2] * 10, LABELS], names=["a", "a", "y"])
    parquet.write_table(table, files.folder / "twice.parquet")
    with pytest.raises(InputError, match=r"twice\.parquet: found 2 columns named 'a'"):
        files.load("twice.parquet")


GAPS = "a,b,c,y\n" + "".join(
    f"{'' if i == 3 else i},{'NA' if i % 10 == 0 else i % 4},{'' if i == 5 else 'pq'[i % 2]},{'uv'[i % 2]}\n"
    for i in range(40)
)


def test_gaps_are_filled_by_the_median_beside_a_column_that_says_where_they_were(files):
    data = files.csv(GAPS, missing="fill", one_hot=True, drop="")
    # a, b and where they were missing; then the categories (missing), p and q.
    numbers, told, categories = data.features[:, :2], data.features[:, 5:], data.features[:, 2:5]
    known = [i for i in range(40) if i != 3]
    assert numbers[3, 0] == np.median(numbers[known, 0]) and numbers[7, 0] - numbers[6, 0] == 1
    assert categories[5].tolist() == [1, 0, 0] and categories[:, 0].sum() == 1
    assert data.features.shape == (40, 7) and told.sum() == 0 + 1 + 4
    assert np.isfinite(data.features).all()


@given(st.sets(st.integers(0, 39), max_size=30))
def test_a_column_without_gaps_is_read_alike_whether_gaps_are_filled_or_not(gaps):
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder))
        cells = [f"{'?' if i in gaps else i},{i % 7},{'uv'[i % 2]}" for i in range(40)]
        data = files.csv("a,b,y\n" + "\n".join(cells) + "\n", missing="fill")
        assert data.features[:, 1].tolist() == [i % 7 for i in range(40)]
        assert data.features.shape[1] == 2 + bool(gaps)
        if gaps:
            assert set(np.flatnonzero(data.features[:, 2])) == gaps


def test_a_column_of_nothing_cannot_be_filled(files):
    with pytest.raises(InputError, match=r"mine\.csv, column 'a': has no value in any row; allowed"):
        files.csv("a,b,y\n" + "".join(f",{i},{'uv'[i % 2]}\n" for i in range(40)), missing="fill")


def test_a_file_without_a_header_is_read_where_that_is_said(files):
    (files.folder / "bare.csv").write_text("".join(f"{i},{i % 3},{'uv'[i % 2]}\n" for i in range(40)))
    data = FILE.load(**files.resolve("bare.csv", header="no", label="column_3"))
    assert data.features.shape == (40, 2) and data.features[5].tolist() == [5, 2]
    years = "2019,2020,y\n" + "".join(f"{i},{i % 3},{'uv'[i % 2]}\n" for i in range(40))
    with pytest.raises(InputError, match='header = "yes" where these are names'):
        files.csv(years)
    assert files.csv(years, header="yes").features.shape == (40, 2)


def test_the_items_of_a_group_are_never_both_in_the_pool_and_held_out(files):
    rows = "".join(f"{i},{i % 5},{'uv'[i % 2]},speaker{i // 7}\n" for i in range(200))
    data = files.csv("a,b,y,who\n" + rows, group="who", test_size=40)
    assert data.features.shape[1] == 2
    sizes = set()
    for seed in range(20):
        pool, held = split(data, np.random.default_rng(seed))
        assert not set(data.groups[pool]) & set(data.groups[held])
        assert len(held) == 40 and len(set(pool)) == len(pool)
        sizes.add(len(pool))
    assert sizes == {data.usable_items - 40} == {200 - 6 - 40}
    with pytest.raises(InputError, match="found 2 groups, the largest of 100 items, beside a test set of 80"):
        two = "".join(f"{i},{i % 5},{'uv'[i % 2]},s{i % 2}\n" for i in range(200))
        files.csv("a,b,y,who\n" + two, group="who", test_size=80)


def test_texts_are_read_by_their_words(files):
    words = {"u": "cheap pills buy now", "v": "meeting agenda minutes tomorrow"}
    rows = [f'{i},"{words["uv"[i % 2]]}, {i % 6}",{"uv"[i % 2]}\n' for i in range(60)]
    (files.folder / "mails.csv").write_text("id,body,y\n" + "".join(rows))
    data = files.load("mails.csv", text="body", kind="text")
    assert data.features.shape[0] == 60 and 1 < data.features.shape[1] <= 128
    alike = data.features @ data.features.T
    assert alike[0, 2] > 0.5 > alike[0, 1]
    assert np.linalg.norm(data.features, axis=1) == pytest.approx(np.ones(60), rel=1e-5)
    assert files.load("mails.csv", text="body", features="id").features.shape[1] == data.features.shape[1] + 1
    (files.folder / "none.csv").write_text("id,y\n" + "".join(f"{i},{'uv'[i % 2]}\n" for i in range(40)))
    with pytest.raises(InputError, match="column 'y': found hardly a word that two texts share"):
        files.load("none.csv", text="y")
