"""A file of the user's own whose labels are numbers to be predicted; read and known by its content as `file` is."""

from typing import Any

from simulations.datasets.dataset import DatasetEntry, Scaling
from simulations.datasets.files.cells import Wanted
from simulations.datasets.files.entry import DEFAULTS, MOST_HELD_OUT, file_title, read_own, remembered, resolve_file
from simulations.datasets.regression.tables import FEWEST_HELD_OUT, TASK, numeric_data
from simulations.errors import InputError
from simulations.tasks.task import TaskData


def load_numbers(
    *, content: str, called: str, kind: str, test_size: int, scaling: Scaling, path: str = "", **settings: Any
) -> TaskData:
    """Load a file of the user's own as a data set of regression.

    Settings are as in `simulations.datasets.files.entry.load_file`.

    Raises:
        InputError: the file is gone or changed, or cannot be used; the sentence names row and column.
    """
    # With an empty file nothing was read, and so no number either.
    raw = read_own(path, called, content, Wanted(**settings, number=True))
    if raw.answers is None or not raw.answers.size:
        raise InputError(f"{called}, {raw.column}: there are no rows; numbers to be predicted are needed")
    held_out = test_size or max(FEWEST_HELD_OUT, min(MOST_HELD_OUT, raw.answers.size // 5))
    return numeric_data(f"{called}, {raw.column}", raw.features, raw.answers, held_out, kind=kind, scaling=scaling)


@remembered
def _measured(**settings: Any) -> tuple[tuple[int, int, int], int]:
    data = load_numbers(**settings)
    return (len(data.answers), data.test_size, 1), data.features.shape[1]


FILE_REGRESSION = DatasetEntry(
    name="file_regression",
    family="your own",
    paper="your own data",
    needs="a .csv, .tsv, .parquet or .npz file: path, label",
    summary="Your own features and numbers to be predicted; settings as of `file`, see docs/method/datasets.md.",
    kind="tabular",
    defaults={key: value for key, value in DEFAULTS.items() if key != "rare_classes"},
    size=lambda settings: _measured(settings)[0],
    load=load_numbers,
    licence="yours",
    resolve=resolve_file,
    title=file_title,
    features=lambda settings: _measured(settings)[1],
    task=TASK,
)
