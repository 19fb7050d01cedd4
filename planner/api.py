"""labelplan in Python: what `import planner` gives.

Numbers are those of the command line, and what is refused is refused with the same sentence, as an `InputError`. Frames
may be pandas or polars where a function takes one; what it gives is pandas, or polars where it was given polars. In a
notebook an answer shows itself; anywhere else `print(answer)` gives the text of the command line.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
import tomlkit

from planner.app import answers, open_plan
from planner.decision.state import Interval, State
from planner.decision.verdict import Verdict as DecidedVerdict
from planner.forecasting import Forecast, fit_forecast
from planner.forecasting import chance_classes as _chance_classes
from planner.plan import Plan as PlanTables
from planner.plan import load_plan, parse_plan
from planner.render.verdict import analysis_words, words
from simulations.arrays import ArrayLike
from simulations.errors import InputError

if TYPE_CHECKING:
    import altair as alt

    from simulations.run import Progress

N_DRAWS = 5_000
Draw = Literal["futures", "price", "tornado", "bill", "break_even_map"]


@dataclass(frozen=True, eq=False)
class Answer:
    """An answer with its numbers, shown in the words of the command line.

    Attributes:
        found: the numbers.
    """

    found: Any
    _show: Callable[[], None]
    _frame: Callable[[], pd.DataFrame]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as the command's `--json` prints it."""
        return dict(self.found.to_dict())

    def to_frame(self) -> pd.DataFrame:
        """Give the main table; money in the plan's currency, shares as fractions."""
        return self._frame()

    def __str__(self) -> str:
        """Give the words of the command line."""
        with redirect_stdout(io.StringIO()) as text:
            self._show()
        return text.getvalue().rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether active learning beats labelling more random data: money, a chance, and what both rest on.

    Attributes:
        decided: everything that was computed; see `planner.decision.Verdict`.
        plan: the plan that was asked.
        seed: of the joint draws.
        store: the folder of own curves that took the plan's place, if any.
    """

    decided: DecidedVerdict
    plan: "Plan"
    seed: int = 0
    store: Path | None = None

    @property
    def state(self) -> State:
        """The call: `use_active_learning`, `label_random` or `too_close`."""
        return self.decided.state

    @property
    def p_al_cheaper(self) -> float:
        """Chance that active learning is the better option, a fraction."""
        return self.decided.p_al_cheaper

    @property
    def expected_saving_usd(self) -> float | None:
        """Mean of what active learning saves, below 0 where it costs more; None at a budget."""
        return None if self.decided.gain is not None else self.decided.call.expected

    @property
    def saving_usd(self) -> Interval:
        """The saving's 80% interval with its median."""
        return self.decided.saving_usd

    @property
    def break_even_price_usd(self) -> float | None:
        """Price of one vote at which both options cost the same on average; None where no price does it."""
        return self.decided.break_even_mean_usd

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences to read before the answer is trusted."""
        return self.decided.warnings

    def to_dict(self) -> dict[str, Any]:
        """Give everything as `labelplan plan --json` prints it."""
        return self.decided.to_dict()

    def to_frame(self) -> pd.DataFrame:
        """Give one row an option: labels, cost, days and value at 10, 50 and 90%, and the chance to miss the target.

        Columns `option, vendor, labels_*, total_usd_*, days_*, value_*, p_unreachable`; a bound that is never reached
        is missing.
        """
        rows = []
        for name, one in self.decided.plans.items():
            row: dict[str, Any] = {"option": name, "vendor": one.vendor}
            for key in ("labels", "total_usd", "days", "value"):
                row |= {f"{key}_{q}": bound for q, bound in vars(getattr(one, key)).items()}
            rows.append(row | {"p_unreachable": one.p_unreachable})
        return pd.DataFrame(rows)

    def plot(self, what: Draw = "futures") -> "alt.LayerChart":
        """Draw the fifty futures, the chance by price, the tornado, the bills, or the map of price and pool.

        A notebook shows the chart as a picture, for which nothing is fetched; it needs the extra `report`.

        Raises:
            InputError: there is no such chart, or the verdict was asked for alone.
        """
        from planner.render.verdict import charts, value_charts

        drawn: dict[str, Callable[[DecidedVerdict], alt.LayerChart]] = {
            "futures": charts.futures_chart,
            "price": charts.price_chart,
            "tornado": charts.tornado_chart,
            "bill": charts.bill_chart,
            "break_even_map": value_charts.map_chart,
        }
        if what not in drawn:
            raise InputError(f"plot: found '{what}'; allowed: {', '.join(drawn)}")
        if self.decided.analysis is None and what in ("tornado", "break_even_map"):
            raise InputError(f"plot: found '{what}' of a quick verdict; allowed: of one that was decided in full")
        return drawn[what](self.decided)

    def report(self, path: str | Path, sections: Iterable[str] | None = None) -> Path:
        """Write the report, one HTML file that opens offline, and give its path.

        Raises:
            InputError: a section is unknown, the file cannot be written, or the verdict was asked for alone.
        """
        from planner.render.html import read_sections, write_report

        if self.decided.analysis is None:
            raise InputError("report: found a quick verdict; allowed: one that was decided in full")
        chosen = None if sections is None else read_sections(",".join(sections))
        buying = None
        if chosen is None or "vendors" in chosen:
            base, n_draws = self.plan.folder, self.decided.n_draws
            buying = answers.compare_quotes(
                self.plan.tables, base=base, store=self.store, n_draws=n_draws, seed=self.seed
            )
        decided = self.decided
        if chosen is None or "sliders" in chosen:
            decided = answers.with_sliders(decided, self.plan.tables, base=self.plan.folder, store=self.store)
        write_report(decided, Path(path), buying, sections=chosen)
        return Path(path)

    def __str__(self) -> str:
        """Give the words of `labelplan plan`."""
        with redirect_stdout(io.StringIO()) as text:
            analysis_words.print_verdict(self.decided)
            if self.decided.analysis is not None:
                analysis_words.print_analysis(self.decided)
        told = [text.getvalue().rstrip(), *(f"Warning: {sentence}" for sentence in self.decided.warnings)]
        return "\n".join(told)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from planner.render import image_export
        from planner.render.verdict import charts

        cards = "".join(
            f"<tr><td>{escape(card.label)}</td><td><b>{escape(card.value)}</b></td><td>{escape(card.note)}</td></tr>"
            for card in words.cards(self.decided)
        )
        drawn = f"<p>No charts: {escape(image_export.NEEDS_LIBRARY)}</p>"
        if image_export.can_draw():
            found = (charts.futures_chart(self.decided), charts.price_chart(self.decided))
            drawn = "".join(f"<div>{image_export.draw_svg(f'chart-{i}', one)}</div>" for i, one in enumerate(found))
        options = pd.DataFrame(words.plan_rows(self.decided)).to_html(index=False, border=0)
        warnings = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.decided.warnings)
        return (
            f"<h3>{escape(words.headline(self.decided))}</h3><p>{escape(words.sentence(self.decided))}</p>"
            f"<table>{cards}</table>{drawn}{options}{f'<ul>{warnings}</ul>' if warnings else ''}"
        )


class Plan:
    """What is planned: the tables of a plan file, as keyword arguments, or read from a file by `Plan.load`.

    Each number may be a range, `"0.05 to 0.12"` or `(0.05, 0.12)`, an 80% interval. `docs/guide/plan-file.md` lists
    every key. A plan does not change; `replace` gives another one.

    Examples:
        >>> plan = Plan(task={"target": 0.9, "pool_size": 50_000}, vendors=[{"price_usd": 0.08}])
        >>> plan.replace({"task.target": 0.8}).tables.task.target.median
        0.8
    """

    def __init__(self, **tables: Any) -> None:
        """Read the tables.

        Raises:
            InputError: a key is unknown, or a value not allowed.
        """
        self.tables, self.folder = parse_plan(tomlkit.dumps(_plain(tables)), where="Plan"), Path()

    @classmethod
    def load(cls, path: str | Path) -> "Plan":
        """Read a plan file; its own paths count from its folder.

        Raises:
            InputError: it cannot be read, or holds something that is not allowed.
        """
        return cls._of(load_plan(Path(path)), Path(path).parent)

    @classmethod
    def parse(cls, text: str) -> "Plan":
        """Read the text of a plan file; its paths count from the current folder.

        Raises:
            InputError: it holds something that is not allowed.
        """
        return cls._of(parse_plan(text, where="Plan"), Path())

    @classmethod
    def _of(cls, tables: PlanTables, folder: Path) -> "Plan":
        plan = cls.__new__(cls)
        plan.tables, plan.folder = tables, folder
        return plan

    def replace(self, values: Mapping[str, Any]) -> "Plan":
        """Give a plan with other values, such as `{"task.target": 0.85, "vendors.0.price_usd": "0.05 to 0.1"}`.

        Raises:
            InputError: an input is unknown, or a value not allowed.
        """
        return self._of(self.tables.replace(_plain(dict(values))), self.folder)

    def with_presets(self, *names: str) -> "Plan":
        """Give a plan with preset quotes beside its own; `labelplan list presets` names them.

        Raises:
            InputError: there is no such preset.
        """
        return self._of(open_plan.with_presets(self.tables, names), self.folder)

    def to_toml(self) -> str:
        """Give the plan as the text of a plan file."""
        return self.tables.to_toml()

    def decide(
        self, *, n_draws: int = N_DRAWS, seed: int = 0, store: str | Path | None = None, quick: bool = False
    ) -> Verdict:
        """Say whether active learning beats labelling more random data.

        Args:
            n_draws: joint draws behind every number.
            seed: the same plan, curves and seed give the same verdict.
            store: folder of own simulated curves, in place of the plan's.
            quick: stop after the verdict, without what would change it.

        Raises:
            InputError: the plan or its evidence cannot be used.
        """
        self.tables.check_prices("Plan")
        folder = None if store is None else Path(store)
        steps = answers.answer_in_steps(self.tables, base=self.folder, store=folder, n_draws=n_draws, seed=seed)
        decided = next(steps)
        return Verdict(decided if quick else next(steps), self, seed, folder)

    def __repr__(self) -> str:
        """Give the plan file's text."""
        return self.to_toml().rstrip()


def _plain(value: Any) -> Any:
    """Give mappings, sequences and numbers of any library as TOML has them; what is None is left out."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def cost(plan: Plan, labels: Mapping[str, int], *, vendor: str | None = None, most_rounds: int | None = None) -> Answer:
    """Price options at label counts that are given; ranges count at their median, and nothing is simulated.

    Args:
        plan: what is planned.
        labels: option, `random` or a strategy -> labels bought.
        vendor: whose labels; the cheapest for each option where None.
        most_rounds: rounds of a strategy after the first set, at most: batches grow.

    Raises:
        InputError: an option or a vendor is unknown, or a count is not possible.
    """
    from planner.app.catalog import check_options
    from planner.costs import LINES, compare_costs
    from planner.render.verdict.bill_words import print_costs

    plan.tables.check_prices("Plan")
    check_options(labels, plan.tables.strategy.names)
    index = None if vendor is None else plan.tables.vendor_index(vendor)
    tables, _ = open_plan.with_seconds(plan.tables, base=plan.folder)
    found = compare_costs(
        tables, labels, vendors={} if index is None else dict.fromkeys(labels, index), most_rounds=most_rounds
    )

    def frame() -> pd.DataFrame:
        bills = {name: {line: float(bill.lines[line][0]) for line in LINES} for name, bill in found.bills.items()}
        return pd.DataFrame(bills).rename_axis("line").reset_index()

    return Answer(found, partial(print_costs, found, plan.tables.task.currency), frame)


def compare_quotes(plan: Plan, *, n_draws: int = N_DRAWS, seed: int = 0, store: str | Path | None = None) -> Answer:
    """Compare a plan's quotes at what its options are forecast to need.

    Raises:
        InputError: the plan or its evidence cannot be used.
    """
    from planner.render.quotes.words import print_buying

    plan.tables.check_prices("Plan")
    folder = None if store is None else Path(store)
    found = answers.compare_quotes(plan.tables, base=plan.folder, store=folder, n_draws=n_draws, seed=seed)

    def frame() -> pd.DataFrame:
        rows = [
            {"vendor": offer["vendor"], **volume}
            for offer in found.comparison.to_dict()["vendors"]
            for volume in offer["volumes"]
        ]
        return pd.json_normalize(rows, sep="_")

    return Answer(found.comparison, partial(print_buying, found), frame)


def track(plan: Plan, log: Any, *, n_draws: int = 2_000, seed: int = 0, store: str | Path | None = None) -> Answer:
    """Say what a campaign under way should do now: go on, stop, switch, or measure another strategy first.

    Args:
        plan: what was planned.
        log: measured rounds, a frame or the path of a CSV file: columns `labels`, `value`, `strategy` and more
            (`docs/guide/track.md`).
        n_draws: joint draws behind every number.
        seed: of the draws.
        store: folder of own simulated curves, in place of the plan's.

    Raises:
        InputError: the plan, its evidence or the log cannot be used.
    """
    from planner.campaign.log import check_log, read_log
    from planner.render.campaign_words import print_status

    plan.tables.check_prices("Plan")

    def read(tables: PlanTables) -> Any:
        if isinstance(log, (str, Path)):
            return read_log(Path(log), tables)
        return check_log(_to_pandas(log, "log"), tables, "log")

    folder = None if store is None else Path(store)
    found = answers.campaign_status(plan.tables, read, base=plan.folder, store=folder, n_draws=n_draws, seed=seed)

    def frame() -> pd.DataFrame:
        rows = [{"action": name, **action} for name, action in found.to_dict()["actions"].items()]
        return pd.json_normalize(rows, sep="_")

    return Answer(found, partial(print_status, found), frame)


def forecast(
    labels: ArrayLike,
    values: ArrayLike,
    *,
    seeds: ArrayLike | None = None,
    metric: str = "accuracy",
    classes: int | None = None,
    test_size: int | None = None,
    n_draws: int = 1_000,
    seed: int = 0,
) -> Forecast:
    """Forecast one learning curve from its measured points.

    Args:
        labels: (P,) label counts.
        values: (P,) the metric there, fractions.
        seeds: (P,) which replicate each point is of.
        metric: scikit-learn's name of the metric.
        classes: number of classes, which says how bad guessing is.
        test_size: items that the values were measured on.
        n_draws: sample paths.
        seed: of the draws.

    Returns:
        The forecast: `.quantiles(labels)`, `.labels_to_reach(target)`, `.to_frame(labels)`, `.warnings`.

    Raises:
        InputError: a point is not allowed, or lengths differ.
    """
    points = {"labels": np.asarray(labels), "values": np.asarray(values)}
    if seeds is not None:
        points["seeds"] = np.asarray(seeds)
    shapes = {name: array.shape for name, array in points.items()}
    if len({*shapes.values()}) > 1 or points["labels"].ndim != 1:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise InputError(f"forecast: found the shapes {told}; allowed: as many values as labels, in one row")
    frame = pd.DataFrame({"labels": points["labels"], "value": points["values"], "metric": metric})
    if seeds is not None:
        frame["seed"] = points["seeds"]
    for name, known in (("classes", classes), ("test_size", test_size)):
        if known is not None:
            frame[name] = known
    from simulations.curve_table import validate_curves

    checked = validate_curves(frame, where="forecast", metric=metric)
    return fit_forecast(checked, classes=_chance_classes(metric, classes), n_draws=n_draws, seed=seed)


def simulate(
    X: Any,
    y: ArrayLike,
    *,
    strategies: Sequence[str] = ("random", "margin"),
    learner: Any = "linear",
    initial_labels: int | None = None,
    batch_size: int | None = None,
    rounds: int = 20,
    seeds: int = 3,
    test_size: int | None = None,
    kind: str = "tabular",
    name: str = "data",
    store: str | Path | None = None,
    progress: "Progress | None" = None,
) -> Any:
    """Simulate labelling campaigns on data whose labels are known.

    Args:
        X: (n, d) features: an array, a sparse matrix, or a frame of numbers.
        y: (n,) classes, as numbers or names.
        strategies: names that `labelplan list strategies` gives.
        learner: a name that `labelplan list learners` gives, or any scikit-learn classifier.
        initial_labels: of the initial set, one of each class first; two a class, ten at least, where None.
        batch_size: labels a round; as many as the initial set where None.
        rounds: after the initial set.
        seeds: replicates.
        test_size: items held out; a quarter, at most 2,000, where None.
        kind: tabular, text or image.
        name: of the data, in the table.
        store: a folder that keeps what is finished, so that running again goes on; for learners by name.
        progress: called as progress(done, of) while it runs.

    Returns:
        The curve table, a row a trajectory, round and metric: what `Plan(evidence={"store": ...})`, `labelplan curves`
        and `forecast` read.

    Raises:
        InputError: the data, a name or a number cannot be used.
    """
    from planner.app.simulate_arrays import simulate_arrays

    frame = _frame_of(X)
    table = simulate_arrays(
        X if frame is None else frame.to_numpy(),
        np.asarray(y),
        learner,
        data={"test_size": test_size, "kind": kind},
        grid={
            "strategies": list(strategies),
            "initial_size": initial_labels,
            "batch_sizes": [batch_size],
            "rounds": rounds,
            "seeds": seeds,
        },
        store=None if store is None else Path(store),
        progress=progress,
    )
    return _like(table.assign(dataset=name), frame)


def _frame_of(data: Any) -> "nw.DataFrame[Any] | None":
    """Give a frame of any library that narwhals knows; None for arrays."""
    found = nw.from_native(data, eager_only=True, pass_through=True)
    return found if isinstance(found, nw.DataFrame) else None


def _to_pandas(data: Any, where: str) -> pd.DataFrame:
    frame = _frame_of(data)
    if frame is None:
        raise InputError(f"{where}: found {type(data).__name__}; allowed: a pandas or polars frame, or a path")
    return frame.to_pandas()


def _like(table: pd.DataFrame, given: "nw.DataFrame[Any] | None") -> Any:
    """Give a table as a frame of the library that was given."""
    if given is None or given.implementation.is_pandas():
        return table
    columns = {str(column): table[column].tolist() for column in table.columns}
    return nw.from_dict(columns, backend=given.implementation).to_native()
