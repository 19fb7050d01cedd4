"""Which columns of a table are the label and the features, told from the settings and the names alone."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from simulations.errors import InputError
from simulations.names import unknown_name


@dataclass(frozen=True)
class Wanted:
    """What a grid file asks of a table.

    Args:
        label: name of the label column; not for .npz.
        features: names of the feature columns, separated by commas; all but label and `drop` when empty.
        drop: names of columns left out, separated by commas.
        one_hot: whether a column of text becomes one indicator column a category.
        number: whether the label is a number to be predicted, and no class.
    """

    label: str
    features: str
    drop: str
    one_hot: bool
    number: bool = False


def choose_columns(names: Sequence[str], wanted: Wanted, called: str) -> list[str]:
    """Give the names of the feature columns, in the order of the table.

    Raises:
        InputError: the label or a named column is missing (the nearest name is offered), a name comes twice
            or is empty, or no feature is left.
    """
    for name, count in Counter(names).items():
        if count > 1:
            raise InputError(f"{called}: found {count} columns named '{name}'; allowed: each name once")
    if not wanted.label:
        raise InputError(f"{called}, label: is missing; name the column of the labels: {_shown(names)}")
    dropped, chosen = split_names(wanted.drop), split_names(wanted.features)
    for key, given in (("label", [wanted.label]), ("features", chosen), ("drop", dropped)):
        for name in given:
            if name not in names:
                raise _missing(name, names, f"{called}, {key}")
    kept = [name for name in names if name in (chosen or names) and name not in (wanted.label, *dropped)]
    if "" in kept:
        place = list(names).index("") + 1
        raise InputError(
            f"{called}, column {place}: has no name, as row numbers written beside a table have none; "
            "name it, or list the columns to use in features"
        )
    if not kept:
        raise InputError(f"{called}: no feature column is left; found only {_shown(names)}")
    return kept


def split_names(text: str) -> list[str]:
    """Split names at commas; a name that has a comma itself stands in double quotes.

    >>> split_names('age, "height, cm"')
    ['age', 'height, cm']
    """
    cells = next(csv.reader([text], skipinitialspace=True), [])
    return [cell.strip() for cell in cells if cell.strip()]


def _missing(name: str, names: Sequence[str], where: str) -> InputError:
    # A wide table would fill the screen with names that help nobody.
    return unknown_name("column", name, names, where=where) if len(names) <= 20 else _far(name, names, where)


def _far(name: str, names: Sequence[str], where: str) -> InputError:
    full = str(unknown_name("column", name, names, where=where))
    return InputError(f"{full.partition('allowed: ')[0]}allowed: {_shown(names)}")


def _shown(names: Sequence[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
