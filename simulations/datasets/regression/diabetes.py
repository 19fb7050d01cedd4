"""scikit-learn's diabetes data: 442 patients, ten measurements, the progress of the disease after a year."""

from simulations.datasets.dataset import DatasetEntry
from simulations.datasets.regression.numbers import TASK, checked_held_out, numeric_data
from simulations.tasks.task import TaskData

ITEMS = 442
FEATURES = 10


def load_diabetes(*, test_size: int) -> TaskData:
    """Load the diabetes data, which come with scikit-learn.

    Args:
        test_size: items held out of every pool; more make the measured shares less noisy and the pool smaller.

    Raises:
        InputError: the test set would leave no pool.
    """
    from sklearn import datasets

    checked_held_out("diabetes", test_size, ITEMS)
    # As measured: scikit-learn's own scaling makes columns of length 1, and would only be undone.
    data = datasets.load_diabetes(scaled=False)
    return numeric_data("diabetes", data.data, data.target, test_size)


DIABETES = DatasetEntry(
    name="diabetes",
    family="scikit-learn",
    paper="Efron, Hastie, Johnstone & Tibshirani 2004, Least angle regression",
    needs="nothing",
    summary="442 patients by 10 measurements; a number for the progress of their diabetes a year on, very noisy.",
    kind="tabular",
    defaults={"test_size": 142},
    size=lambda settings: (ITEMS, int(settings["test_size"]), 1),
    load=load_diabetes,
    features=lambda settings: FEATURES,
    licence="as given with scikit-learn (BSD 3-clause), from Efron et al. 2004",
    task=TASK,
)
