import pandas as pd
import pytest

from planner.forecast.forecast import fit_forecast
from simulations.curve_table import read_curves, validate_curves
from simulations.errors import InputError

ROWS = "strategy,seed,labels,value\nrandom,0,100,0.6\nrandom,1,100,0.6\nrandom,0,200,0.7\n"


def read(tmp_path, text):
    path = tmp_path / "pilot.csv"
    path.write_text(text)
    return read_curves(path)


def test_a_measurement_given_twice_names_both_rows(tmp_path):
    assert len(read(tmp_path, ROWS)) == 3
    # Rows 2 and 4 would be found first if a row were taken for its own copy; 0.60 is 0.6.
    with pytest.raises(InputError, match=r"pilot\.csv, row 5: repeats row 2 in every cell; allowed: each measurement"):
        read(tmp_path, ROWS + "random,1,200,0.7\nrandom,1,100,0.60\nrandom,0,100,0.6\n")


def test_one_seed_with_two_values_is_no_copy(tmp_path):
    assert len(read(tmp_path, ROWS + "random,0,200,0.71\n")) == 4


def test_without_seeds_rows_at_one_label_count_are_replicates_even_where_they_agree(tmp_path):
    table = read(tmp_path, "labels,value\n100,0.6\n100,0.6\n200,0.7\n200,0.72\n300,0.75\n400,0.77\n")
    assert len(table) == 6
    assert len(validate_curves(table)) == 6  # its seeds are defaults by now, not the user's word
    assert fit_forecast(table).forecastable


def test_parquet_is_looked_at_too(tmp_path):
    path = tmp_path / "pilot.parquet"
    pd.DataFrame({"seed": [3, 3], "labels": [10, 10], "value": [0.5, 0.5]}).to_parquet(path)
    with pytest.raises(InputError, match=r"pilot\.parquet, row 2: repeats row 1"):
        read_curves(path)


STATED = "strategy,labels,value,standard_error\nrandom,10,0.5,{}\nrandom,20,0.6,{}\nmargin,20,0.6,{}\n"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            (0.01, -0.1, ""),
            r"pilot\.csv, row 2, column 'standard_error': found '-0\.1'; allowed: a fraction from 0 to 1$",
        ),
        ((0.01, 0.1, 7), r"row 3, column 'standard_error': found '7\.0'; allowed: a fraction"),
        ((0.01, "small", 0.01), r"row 2, column 'standard_error': found 'small'; allowed: a fraction"),
        ((0.01, "", 0.01), r"row 2, column 'standard_error': found ''; allowed: .* for every point of a curve, or for"),
    ],
)
def test_a_bad_standard_error_names_file_and_row(tmp_path, cells, said):
    with pytest.raises(InputError, match=said):
        read(tmp_path, STATED.format(*cells))


def test_one_curve_may_state_its_standard_errors_and_another_none(tmp_path):
    assert read(tmp_path, STATED.format(0.01, 0.02, ""))["standard_error"].tolist()[:2] == [0.01, 0.02]
    assert read(tmp_path, STATED.format("", "", ""))["standard_error"].isna().all()


def test_numbers_in_text_are_numbers():
    rows = pd.DataFrame({"labels": [10, 20], "value": [0.5, 0.6], "strategy": ["random", "margin"]})
    assert validate_curves(rows.assign(standard_error=["0.01", " "]))["standard_error"].dtype == float
