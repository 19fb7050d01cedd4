import numpy as np
import pandas as pd
import pytest

from planner.forecasting.forecast import fit_forecast
from simulations.curve_table import clean_curves, one_metric, read_curves, validate_curves
from simulations.errors import InputError

PILOT = pd.DataFrame({"labels": [100, 200], "value": [0.7, 0.8]})


def test_a_pilot_needs_only_labels_and_value():
    table = validate_curves(PILOT, metric="f1_macro", test_size=300)
    assert table.loc[0, ["dataset", "strategy", "learner", "metric"]].tolist() == [
        "pilot", "random", "yours", "f1_macro",
    ]  # fmt: skip
    assert table["seed"].tolist() == [0, 0] and table["test_size"].tolist() == [300, 300]
    assert table["batch_size"].tolist() == [1, 1]


def test_an_unknown_test_size_stays_unknown():
    assert "test_size" not in validate_curves(PILOT).columns


def test_validating_twice_changes_nothing_and_the_input_is_left_alone():
    before = PILOT.copy()
    once = validate_curves(PILOT)
    pd.testing.assert_frame_equal(validate_curves(once), once)
    pd.testing.assert_frame_equal(PILOT, before)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("labels", 0, r"row 2, column 'labels': found 0; allowed: a whole number of at least 1"),
        ("labels", 2.5, r"row 2, column 'labels': found 2.5; allowed: a whole number"),
        ("labels", "many", r"row 2, column 'labels': found 'many'"),
        ("labels", np.nan, r"row 2, column 'labels': found ''"),
        ("value", 93, r"row 2, column 'value': found 93.0; allowed: a fraction from 0 to 1 \(0.93, not 93\)"),
        ("value", -0.1, r"column 'value': found -0.1"),
        ("value", np.inf, r"column 'value': found inf"),
        ("classes", 0, r"column 'classes': found 0; allowed: a whole number of at least 1"),
        ("test_size", 0, r"column 'test_size': found 0"),
        ("label_error_rate", 10, r"row 2, column 'label_error_rate': found 10.0; allowed: a fraction from 0 to 1"),
        ("label_error_rate", np.nan, r"column 'label_error_rate': found ''; allowed: a fraction"),
        ("strategy", " ", r"column 'strategy': found ' '; allowed: a name"),
        ("metric", "log_loss", r"column 'metric': found 'log_loss'; allowed: a metric of which more is better"),
        ("kind", "audio", r"column 'kind': found 'audio'; allowed: tabular, text, image"),
    ],
)
def test_a_fault_names_row_column_what_was_found_and_what_is_allowed(column, cell, said):
    good = PILOT.assign(
        classes=3, test_size=10, label_error_rate=0.0, strategy="random", kind="text", metric="accuracy"
    )
    good = good.assign(metric="accuracy").astype(object)
    good.loc[1, column] = cell
    with pytest.raises(InputError, match=said):
        validate_curves(good)


def test_labels_are_clean_unless_the_table_says_otherwise():
    assert (validate_curves(PILOT)["label_error_rate"] == 0).all()
    both = pd.concat([PILOT.assign(dataset="d", label_error_rate=0.0), PILOT.assign(dataset="d [flip rate=0.1]")])
    noisy = both.fillna({"label_error_rate": 0.1})
    clean, said = clean_curves(validate_curves(noisy))
    assert set(clean["dataset"]) == {"d"} and said == [
        "Not used as proxies, as they were simulated with wrong answers: d [flip rate=0.1]."
    ]
    assert clean_curves(PILOT)[1] == [] and clean_curves(PILOT)[0] is PILOT


def test_clean_and_noisy_rows_under_one_name_are_refused():
    with pytest.raises(InputError, match=r"row 2, column 'label_error_rate': found 0.1; allowed: 0, as in other rows"):
        validate_curves(PILOT.assign(label_error_rate=[0.0, 0.1]))


def test_a_missing_column_an_empty_table_and_a_doubled_column_are_refused():
    with pytest.raises(InputError, match=r"column 'value' is missing \(found: labels\)"):
        validate_curves(PILOT[["labels"]])
    with pytest.raises(InputError, match="no rows"):
        validate_curves(PILOT.iloc[:0])
    with pytest.raises(InputError, match="column 'value' comes twice"):
        validate_curves(pd.concat([PILOT, PILOT[["value"]]], axis=1))


def test_csv_and_parquet_give_the_same_table(tmp_path):
    PILOT.to_csv(tmp_path / "a.csv", index=False)
    PILOT.to_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(read_curves(tmp_path / "a.csv"), read_curves(tmp_path / "a.parquet"))


def test_a_file_that_is_absent_empty_or_not_a_table_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"gone\.csv: there is no such file"):
        read_curves(tmp_path / "gone.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match=r"empty\.csv: cannot be read"):
        read_curves(tmp_path / "empty.csv")
    (tmp_path / "not.parquet").write_text("labels,value\n1,0.5\n")
    with pytest.raises(InputError, match=r"not\.parquet: cannot be read"):
        read_curves(tmp_path / "not.parquet")


def test_one_metric_is_accuracy_or_the_only_one_or_the_one_named():
    three = pd.concat([validate_curves(PILOT, metric=name) for name in ("accuracy", "f1_macro", "f1_micro")])
    assert set(one_metric(three)["metric"]) == {"accuracy"}
    assert set(one_metric(three, "f1_macro")["metric"]) == {"f1_macro"}
    assert len(one_metric(validate_curves(PILOT, metric="f1_macro"))) == 2


def test_a_metric_that_was_not_measured_is_refused_by_name():
    table = pd.concat([validate_curves(PILOT, metric=name) for name in ("f1_macro", "f1_micro")])
    with pytest.raises(InputError, match=r"--metric: found 'accuracy', of which .*; allowed: f1_macro, f1_micro"):
        one_metric(table)
    with pytest.raises(InputError, match=r"found 'f1macro', .* did you mean 'f1_macro'\? allowed"):
        one_metric(table, "f1macro")


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
