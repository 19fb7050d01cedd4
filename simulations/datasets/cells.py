"""Columns, labels and cells of a table; the first cell that is not a number is refused.

Notation
    n, d     rows in all, feature columns
    batch    some thousand rows as Arrow arrays, text or typed
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NoReturn, cast

import numpy as np
import numpy.typing as npt

from simulations.arrays import Bools, Floats, Ints, Reals, Singles
from simulations.datasets.dataset import FEWEST_OF_A_CLASS, MOST_CLASSES, check_extent
from simulations.errors import InputError, unknown_name
from simulations.threads import one_blas_thread

RARE_CLASSES = ("refuse", "pool", "drop")
MISSING = ("refuse", "fill")
HEADERS = ("auto", "yes", "no")
_NO_VALUE = frozenset(["", "na", "n/a", "nan", "null", "none", "?"])
"""Cells that say that there is no value, in small letters; others are typed values."""

NO_TEXT = "(missing)"
MOST_CATEGORIES = 200
LARGEST = 1e18
"""Squares of larger features leave single precision."""

_DIRECTIONS = 128
_MOST_WORDS = 50_000


@dataclass(frozen=True)
class Wanted:
    """What a grid file asks of a table.

    Args:
        label: name of the label column; not for .npz.
        features: names of the feature columns, separated by commas; all but label and `drop` when empty.
        drop: names of columns left out, separated by commas.
        one_hot: whether a column of text becomes one indicator column a category.
        number: whether the label is a number to be predicted, and no class.
        missing: what an empty cell of a feature is: `refuse`, or `fill`: a number by the column's median, beside an
            indicator column, and of texts a category of its own.
        group: name of the column whose items are held out together, such as a speaker; none where empty.
        text: name of the column of texts that are read by their words; none where empty.
        header: whether the first line of a CSV file names the columns: `auto`, which refuses one that looks like an
            item, `yes` or `no`.
    """

    label: str
    features: str
    drop: str
    one_hot: bool
    number: bool = False
    missing: str = MISSING[0]
    group: str = ""
    text: str = ""
    header: str = HEADERS[0]

    @property
    def columns(self) -> list[str]:
        """The columns that are read beside the features, each once."""
        return list(dict.fromkeys(name for name in (self.label, self.group, self.text) if name))


def choose_columns(names: Sequence[str], wanted: Wanted, called: str) -> list[str]:
    """Give the names of the feature columns, in the order of the table.

    Raises:
        InputError: a named column is missing, a name comes twice or is empty, or no feature is left.
    """
    for name, count in Counter(names).items():
        if count > 1:
            raise InputError(f"{called}: found {count} columns named '{name}'; allowed: each name once")
    if not wanted.label:
        raise InputError(f"{called}, label: is missing; name the column of the labels: {_list_names(names)}")
    dropped, chosen = split_names(wanted.drop), split_names(wanted.features)
    own = {"group": [wanted.group], "text": [wanted.text]}
    for key, given in {"label": [wanted.label], "features": chosen, "drop": dropped, **own}.items():
        for name in filter(None, given):
            if name not in names:
                raise _missing_column(name, names, f"{called}, {key}")
    # Where texts are read, other columns count only where they are named.
    asked = {*(chosen or ([] if wanted.text else names))}
    kept = [name for name in names if name in asked and name not in (*wanted.columns, *dropped)]
    if "" in kept:
        place = list(names).index("") + 1
        raise InputError(
            f"{called}, column {place}: has no name, as row numbers written beside a table have none; "
            "name it, or list the columns to use in features"
        )
    if not kept and not wanted.text:
        raise InputError(f"{called}: no feature column is left; found only {_list_names(names)}")
    return kept


def split_names(text: str) -> list[str]:
    """Split names at commas; a name that has a comma itself stands in double quotes.

    >>> split_names('age, "height, cm"')
    ['age', 'height, cm']
    """
    cells = next(csv.reader([text], skipinitialspace=True), [])
    return [cell.strip() for cell in cells if cell.strip()]


def _missing_column(name: str, names: Sequence[str], where: str) -> InputError:
    error = unknown_name("column", name, names, where=where)
    if len(names) <= 20:
        return error
    # A wide table would fill the screen with names that help nobody.
    return InputError(f"{str(error).partition('allowed: ')[0]}allowed: {_list_names(names)}")


def _list_names(names: Sequence[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


@dataclass(frozen=True)
class Raw:
    """What was read from a file.

    Args:
        features: shape (n, d), finite.
        codes: shape (n,), a number from 0 for each different label, in any order.
        names: the labels as they are written, by code.
        column: where the labels stand, for messages.
        answers: shape (n,), the labels where they are numbers to be predicted, finite; codes and names are then empty.
        groups: shape (n,), a number from 0 for what each item belongs to; None where nothing is held out together.
    """

    features: Singles
    codes: Ints
    names: list[str]
    column: str
    answers: Floats | None = None
    groups: Ints | None = None

    def classified(self, called: str, rare_classes: str) -> "tuple[Raw, Ints, int]":
        """Number the classes from 0 in sorted order; gives the items kept, class numbers (n,) and how many classes.

        Classes of fewer than four items are refused, kept in the `pool` (learned, never tested), or left out (`drop`).

        Raises:
            InputError: there is one class, there are too many to be classes, or one is too rare.
        """
        where = f"{called}, {self.column}"
        left, codes = self, self.codes
        counts = np.bincount(codes, minlength=len(self.names))
        items, present = int(counts.sum()), np.flatnonzero(counts)
        if items == 0:
            raise InputError(f"{where}: there are no rows; at least two classes are needed")
        if present.size == 1:
            raise InputError(
                f"{where}: all rows have the label '{self.names[present[0]]}'; at least two classes are needed"
            )
        if present.size > MOST_CLASSES or present.size > max(10, items // 4):
            raise InputError(
                f"{where}: found {present.size:,} different labels in {items:,} rows, as of a measurement or an "
                f"identifier; allowed: classes, at most {MOST_CLASSES:,} and with four rows each on average"
            )
        rare = (counts > 0) & (counts < FEWEST_OF_A_CLASS)
        if rare.any() and rare_classes == "refuse":
            code = int(rare.argmax())
            row = int((codes == code).argmax()) + 1
            others = f" (and {int(rare.sum()) - 1} more)" if rare.sum() > 1 else ""
            raise InputError(
                f"{where}, row {row}: class '{self.names[code]}'{others} has fewer than {FEWEST_OF_A_CLASS} items "
                f"({counts[code]}), too few to hold some out; allowed: more of them, "
                'rare_classes = "pool" (learned, never tested) or "drop" (left out)'
            )
        if rare.any() and rare_classes == "drop":
            kept = ~rare[codes]
            groups = None if self.groups is None else self.groups[kept]
            left, codes = replace(self, features=self.features[kept], codes=codes[kept], groups=groups), codes[kept]
        present = np.unique(codes)
        if present.size < 2 or (rare_classes == "pool" and (~rare[present]).sum() < 2):
            raise InputError(f"{where}: fewer than two classes have at least {FEWEST_OF_A_CLASS} items; two are needed")
        # By value when every label is a whole number, by text otherwise.
        whole = all(re.fullmatch(r"0|-?[1-9][0-9]{0,17}", self.names[code]) for code in present)
        order = sorted(present.tolist(), key=lambda code: int(self.names[code]) if whole else self.names[code])
        number = np.zeros(len(self.names), np.int64)
        number[order] = np.arange(present.size)
        return left, number[codes], int(present.size)


def read_batches(batches: Callable[[], Iterator[Any]], wanted: Wanted, names: Sequence[str], *, called: str) -> Raw:
    """Read a whole table, feature columns by their names; indicator columns come after those of numbers, sorted.

    A column's first value is taken off its numbers: moving a feature changes no simulation, and what is left of, say,
    a time stamp fits into single precision. `batches` opens the table, anew when a column turns out to be text.

    Raises:
        InputError: a cell is empty, not a number or not finite, or the table is too large.
    """
    text: set[str] = set()
    while True:
        reader = _Reader(wanted, names, text, called)
        further = next(filter(None, map(reader.take, batches())), None)
        if further is None:
            return reader.finish()
        text |= further


class _Reader:
    """Collects batches, in single precision as they come; `finish` puts them together."""

    def __init__(self, wanted: Wanted, names: Sequence[str], text: set[str], called: str) -> None:
        self._wanted, self._label, self._called = wanted, wanted.label, called
        self._fill = wanted.missing == "fill"
        self._groups, self._texts = _Coder(), list[str]()
        self._answers: list[Floats] | None = [] if wanted.number else None
        self._numbers = [name for name in names if name not in text]
        self._categories = {name: _Coder() for name in names if name in text}
        self._classes = _Coder()
        self._origin: Floats | None = None
        self._blocks: list[Singles] = []
        self._rows = 0

    def take(self, batch: Any) -> set[str]:
        """Check and keep a record batch; give columns that turn out to hold text, to be read again as categories."""
        if batch.num_rows == 0:
            return set()
        check_extent(self._rows + batch.num_rows, len(self._numbers) + len(self._categories), self._called, so_far=True)
        if group := self._wanted.group:
            self._groups.take(self._text_column(batch, group))
        if column := self._wanted.text:
            self._texts += ["" if text is None else str(text) for text in batch.column(column).to_pylist()]
        classes = {self._label: self._classes} if self._answers is None else {}
        for name, coder in (classes | self._categories).items():
            coder.take(self._text_column(batch, name))
            # Told at once: a column of identifiers would fill the memory before its end.
            most = MOST_CLASSES if coder is self._classes else MOST_CATEGORIES
            if len(coder.names) > most:
                raise InputError(
                    f"{self._called}, column '{name}': found more than {most:,} different texts, as of an identifier "
                    f"or a measurement; allowed: at most {most:,}"
                )
        if self._answers is not None:
            # Of a label text is refused, so that it is never told by giving nothing.
            self._answers.append(cast(Floats, self._number_column(batch, self._label)))
        columns = [self._number_column(batch, name) for name in self._numbers]
        numbers = [column for column in columns if column is not None]
        if len(numbers) < len(columns):
            return {name for name, c in zip(self._numbers, columns, strict=True) if c is None}
        block = np.stack(numbers, axis=1) if numbers else np.zeros((batch.num_rows, 0))
        self._origin = np.nan_to_num(block[0]) if self._origin is None else self._origin
        self._blocks.append((block - self._origin).astype(np.float32))
        self._rows += batch.num_rows
        return set()

    def finish(self) -> Raw:
        """Put the numbers and the indicators together."""
        left = len(self._numbers)
        width = left + sum(len(coder.names) for coder in self._categories.values())
        check_extent(self._rows, width, self._called)
        features = np.empty((self._rows, width), np.float32)
        at = 0
        self._blocks.reverse()
        while self._blocks:
            block = self._blocks.pop()  # and lets go of it once it is copied, so that little is twice in memory
            features[at : at + len(block), :left] = block
            at += len(block)
        for coder in self._categories.values():
            levels = len(coder.names)
            features[:, left : left + levels] = coder.sorted_codes()[:, None] == np.arange(levels)
            left += levels
        features = _fill_gaps(features, self._numbers, self._called)
        if column := self._wanted.text:
            words = _word_features(self._texts, f"{self._called}, column '{column}'")
            features = np.concatenate([features, words], axis=1)
        answers = None if self._answers is None else np.concatenate([np.empty(0), *self._answers])
        groups = self._groups.codes() if self._wanted.group else None
        where = f"column '{self._label}'"
        return Raw(features, self._classes.codes(), list(self._classes.names), where, answers, groups)

    def _number_column(self, batch: Any, name: str) -> Floats | None:
        """The numbers of a column; None when it holds text and may."""
        column = batch.column(name)
        fill = self._fill and name != self._label
        gaps = column.is_null().to_numpy(zero_copy_only=False)
        if column.null_count and not fill:
            fix = 'or missing = "fill"'
            self._refuse(name, gaps, "the cell is empty", f"a number; {self._advise(name, fix)}")
        is_text = str(column.type) in ("string", "large_string")
        if fill:
            column, gaps = _without_gaps(column, gaps, is_text=is_text)
        numbers = self._parse_numbers(column, name) if is_text else _cast_to_float(column)
        if numbers is None:
            return None
        if fill:
            gaps |= np.isnan(numbers)
            numbers = np.where(gaps, 0.0, numbers)
        if (bad := ~np.isfinite(numbers)).any():
            found = f"found {numbers[bad.argmax()]}"
            self._refuse(name, bad, found, f"a finite number; {self._advise(name, 'fill it in')}")
        if (bad := np.abs(numbers) > LARGEST).any():
            self._refuse(name, bad, f"found {numbers[bad.argmax()]:g}", f"at most {LARGEST:g} in size; rescale it")
        return np.where(gaps, np.nan, numbers) if fill else numbers

    def _parse_numbers(self, column: Any, name: str) -> Floats | None:
        import pyarrow as pa
        import pyarrow.compute as pc

        for trim in (False, True):
            with suppress(pa.ArrowInvalid):
                return _cast_to_float(pc.utf8_trim_whitespace(column) if trim else column)
        # A cell is no number, or one that only Python takes for one, such as "+5".
        texts = column.to_pylist()
        bad = np.array([not is_number(text) for text in texts])
        if not bad.any():
            return np.array([float(text) for text in texts])
        text = texts[int(bad.argmax())].strip()
        if text and self._wanted.one_hot and name != self._label:
            return None
        found = f"found '{text[:40]}'" if text else "the cell is empty"
        fix = "or one_hot = true where the texts are categories" if text else 'or missing = "fill"'
        return self._refuse(name, bad, found, f"a number; {self._advise(name, fix)}")

    def _advise(self, name: str, fix: str) -> str:
        """What to do with a column that is not all numbers: a label cannot be left out."""
        return "a row without one cannot be learned from" if name == self._label else f"{fix}, or the column in drop"

    def _text_column(self, batch: Any, name: str) -> Any:
        """A column as text, for labels and categories."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = batch.column(name)
        if pa.types.is_floating(column.type):
            numbers = column.to_numpy(zero_copy_only=False)
            bad = ~whole_numbers(numbers)
            if bad.any():
                self._refuse(name, bad, f"found {numbers[bad.argmax()]}", "a class: text or a whole number")
            column = column.cast(pa.int64())
        texts = pc.utf8_trim_whitespace(column.cast(pa.string()))
        empty = pc.or_kleene(texts.is_null(), pc.equal(texts, "")).fill_null(True).to_numpy(zero_copy_only=False)
        if empty.any() and self._fill and name in self._categories:
            return pc.if_else(pa.array(empty), NO_TEXT, texts)
        if empty.any():
            self._refuse(name, empty, "the cell is empty", "text or a whole number")
        return texts

    def _refuse(self, name: str, bad: Bools, found: str, allowed: str) -> NoReturn:
        row = self._rows + int(bad.argmax()) + 1
        raise InputError(f"{self._called}, row {row}, column '{name}': {found}; allowed: {allowed}")


def _without_gaps(column: Any, gaps: Bools, *, is_text: bool) -> tuple[Any, Bools]:
    """Put 0 where a cell of a column says that there is no value, and tell where that is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if is_text:
        said = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(column)), value_set=pa.array(sorted(_NO_VALUE)))
        gaps = gaps | said.fill_null(True).to_numpy(zero_copy_only=False)
    return pc.if_else(pa.array(gaps), pa.scalar("0" if is_text else 0).cast(column.type), column), gaps


def _fill_gaps(features: Singles, names: Sequence[str], called: str) -> Singles:
    """Fill missing numbers by their column's median, and add a column that says where they were."""
    gaps = np.isnan(features[:, : len(names)])
    columns = np.flatnonzero(gaps.any(axis=0))
    for column in map(int, columns):
        if gaps[:, column].all():
            raise InputError(
                f"{called}, column '{names[column]}': has no value in any row; allowed: the column in drop"
            )
        features[gaps[:, column], column] = np.nanmedian(features[:, column])
    return np.concatenate([features, gaps[:, columns].astype(np.float32)], axis=1) if columns.size else features


def _word_features(texts: Sequence[str], called: str) -> Singles:
    """Give features of texts, (n, d) with d at most `_DIRECTIONS`, rows of length 1 but for texts without a known word.

    TF-IDF (Salton & Buckley 1988), and its main directions: Deerwester et al. 1990, Indexing by latent semantic
    analysis. Words and pairs of words that stand in two texts at least count, the `_MOST_WORDS` most frequent of them.
    All texts are read, held-out ones too, as they are by an encoder: no label is.

    Raises:
        InputError: fewer than two words are shared by texts.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    reader = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2), max_features=_MOST_WORDS)
    try:
        weights = reader.fit_transform(texts)
    except ValueError:  # scikit-learn's word for an empty vocabulary
        weights = None
    if weights is None or min(weights.shape) < 3:
        raise InputError(f"{called}: found hardly a word that two texts share; allowed: texts of words")
    with one_blas_thread():
        directions = TruncatedSVD(min(_DIRECTIONS, min(weights.shape) - 1), random_state=0).fit_transform(weights)
    length = np.linalg.norm(directions, axis=1, keepdims=True)
    found: Singles = np.divide(directions, length, out=np.zeros_like(directions), where=length > 0).astype(np.float32)
    return found


class _Coder:
    """Numbers texts in the order they come."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self._codes: list[npt.NDArray[np.int32]] = []

    def take(self, texts: Any) -> None:
        coded = texts.dictionary_encode()
        places = [self.names.setdefault(text, len(self.names)) for text in coded.dictionary.to_pylist()]
        self._codes.append(np.array(places, np.int32)[coded.indices.to_numpy()])

    def codes(self) -> Ints:
        """The numbers of all texts, shape (n,)."""
        return np.concatenate([np.zeros(0, np.int32), *self._codes]).astype(np.int64)

    def sorted_codes(self) -> Ints:
        """The rank of each text among the different ones, shape (n,)."""
        rank = {text: number for number, text in enumerate(sorted(self.names))}
        return np.array([rank[text] for text in self.names], np.int64)[self.codes()]


def whole_numbers(numbers: Reals) -> Bools:
    """Tell which numbers may name a class: whole ones up to 2^53, beyond which not each is a floating-point one."""
    return np.asarray((numbers == np.rint(numbers)) & (np.abs(numbers) <= 2**53))


def _cast_to_float(column: Any) -> Floats:
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def is_number(text: str) -> bool:
    """Say whether a cell holds a number, as it is read here."""
    with suppress(ValueError):
        float(text)
        return "_" not in text
    return False
