import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.app.pilot_upload import MOST_BYTES, pilot_template, read_pilot
from simulations.errors import InputError


def test_labels_and_values_are_enough():
    table = read_pilot(b"labels,value\n100,0.7\n200,0.8\n", name="mine.csv", metric="f1_macro", test_size=500)
    assert list(table["value"]) == [0.7, 0.8]
    assert set(table["strategy"]) == {"random"} and set(table["metric"]) == {"f1_macro"}
    assert set(table["test_size"]) == {500}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe\x00", "not a CSV file"),
        (b"\xff\xfe", "cannot be read"),
        (b"labels,value\n100,93\n", "row 1, column 'value'"),
        (b"n,acc\n1,2\n", "column 'labels' is missing"),
        (b"labels,value\n", "no rows"),
        (b"labels,value\n100,0.5,0.6\n", "more cells than the header"),
        (b"labels,value\n" + b"1,0.5\n" * 100_001, "more than 100,000 rows"),
        (b"x" * (MOST_BYTES + 1), "allowed: up to 5,000,000"),
        (b"strategy,labels,value\n" + b"".join(b"s%d,1,0.5\n" % i for i in range(61)), "found 61 curves"),
    ],
)
def test_a_bad_file_is_one_sentence(data, told):
    with pytest.raises(InputError, match=told) as error:
        read_pilot(data, name="bad.csv")
    assert "\n" not in str(error.value) and "bad.csv" in str(error.value)


def test_only_a_csv_is_read():
    with pytest.raises(InputError, match=r"ending in \.csv"):
        read_pilot(b"labels,value\n1,0.5\n", name="mine.parquet")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_sentence(data):
    try:
        table = read_pilot(data, name="any.csv")
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert {"labels", "value"} <= set(table.columns)


def test_the_template_holds_no_measurement_until_one_is_written():
    text = pilot_template("accuracy", ("entropy",), 300)
    with pytest.raises(InputError, match="no rows"):
        read_pilot(text.encode(), name="template.csv")
    filled = text.replace("# random", "random").replace("# entropy", "entropy")
    table = read_pilot(filled.encode(), name="template.csv")
    assert set(table["strategy"]) == {"random", "entropy"} and set(table["test_size"]) == {300}
