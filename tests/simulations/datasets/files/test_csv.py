import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulations.datasets import dataset
from simulations.errors import InputError

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


def test_semicolons_separate_though_commas_are_in_quotes(files):
    text = _text(header='"a,1,2,3";b;y', rows=[row.replace(",", ";") for row in ROWS])
    assert files.csv(text, features="b").features[2].tolist() == [1.0]


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


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
        (_text(replace={8: "7,,v"}), f"mine.csv, row 8, column 'b': the cell is empty{TEXT}"),
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
    rows = ["1.5,2.5,u", "2.5,1.5,v"] * 250_000
    with pytest.raises(InputError, match=r"mine\.csv, row 400001, column 'b': found 'far'"):
        files.csv(_text(rows=rows, replace={400_001: "1,far,u"}))


def test_an_empty_category_is_told(files):
    rows = [f"{i},{['red', 'blue', ''][min(i % 9, 2) if i == 20 else i % 2]},{i % 2}" for i in range(40)]
    rows[20] = "20,,0"
    with pytest.raises(InputError, match=r"mine\.csv, row 21, column 'b': the cell is empty; allowed: text"):
        files.csv(_text(rows=rows), one_hot=True)


def test_a_column_of_free_text_is_told(files):
    rows = [f"{i},note {i},{i % 2}" for i in range(300)]
    with pytest.raises(InputError, match="column 'b': found more than 200 different texts, as of an ident"):
        files.csv(_text(rows=rows), one_hot=True)


def test_a_label_of_identifiers_is_told_before_it_fills_the_memory(files):
    rows = [f"{i},{i % 3},id{i}" for i in range(5000)]
    with pytest.raises(InputError, match="column 'y': found more than 1,000 different texts, as of an ident"):
        files.csv(_text(rows=rows))


def test_too_large_a_file_is_told_before_it_fills_the_memory(files, monkeypatch):
    monkeypatch.setattr(dataset, "MOST_NUMBERS", 50)
    with pytest.raises(InputError) as caught:
        files.csv(_text())
    assert str(caught.value) == (
        "mine.csv: has at least 30 rows × 2 feature columns; allowed: 50 numbers, 25 rows of such; "
        "a random sample of the rows simulates as well"
    )
