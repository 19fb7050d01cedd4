"""Learners named in a grid file: their settings, checked before anything runs.

`parameters = "C=10, kernel=rbf"` and `tune = "C: 0.1, 1, 10"` are read as Python literals (numbers, quoted or bare
words, tuples, None, True, False) and nothing else; no text is ever evaluated.
"""

import ast
import importlib
import math
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulations.encoders.encode import TEXT_ENCODER, open_encoder
from simulations.errors import InputError, nearest, one_line, unknown_name
from simulations.learners.estimators import EstimatorLearner
from simulations.learners.learner import Learner, LearnerEntry, check_setting
from simulations.learners.neural.settings import (
    FineTuning,
    StepTraining,
    check_shape,
    check_steps,
    check_training,
    layer_sizes,
)
from simulations.learners.tuning import TunedLearner
from simulations.trajectory import Scalar

_FULL_NAME = re.compile(r"sklearn(\.[A-Za-z]\w*)+\.[A-Z]\w*")
_LONGEST = 1000
_OURS = ("n_jobs", "random_state")


def linear(name: str, kind: Callable[[float], Learner], l2: float, tune: str = "") -> Learner:
    """A linear learner by its class; `tune = "l2: 10, 1, 0.1"` chooses its penalty inside the labelled set.

    Raises:
        InputError: a penalty is not positive.
    """
    return _tune(name, lambda l2: kind(_positive(l2, name)), {"l2": l2}, tune)


def forest(trees: int, min_leaf: int, max_features: float) -> Any:
    """A random forest of scikit-learn."""
    from sklearn.ensemble import RandomForestClassifier

    # 0 stands for the square root of the number of features, Breiman's choice.
    return RandomForestClassifier(n_estimators=trees, min_samples_leaf=min_leaf, max_features=max_features or "sqrt")


def boosting(iterations: int, learning_rate: float, leaves: int, min_leaf: int, l2: float) -> Any:
    """Gradient-boosted trees on histograms, of scikit-learn."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=iterations,
        learning_rate=learning_rate,
        max_leaf_nodes=leaves,
        min_samples_leaf=min_leaf,
        l2_regularization=l2,
        # It would hold out labels once there are 10,000 of them, and bend the curve there.
        early_stopping=False,
    )


def estimator(of: str, parameters: str, tune: str) -> Learner:
    """Any classifier of scikit-learn; `of` and `parameters` as in `read_estimator`, `tune` as in `linear`.

    Raises:
        InputError: the classifier or a parameter is not known, or a value is not allowed.
    """
    kind, known, fixed = read_estimator("estimator", of, parameters)
    name = f"estimator ({kind.__name__})"

    def make(**options: Any) -> Learner:
        return EstimatorLearner(name, make_estimator(name, kind, options))

    return _tune("estimator", make, {**{name: known[name] for name in known if name not in _OURS}, **fixed}, tune)


def estimator_entry(name: str, build: Callable[..., Any], defaults: Mapping[str, Scalar], **facts: Any) -> LearnerEntry:
    """Describe a learner that is one classifier a lane, of scikit-learn or with its interface.

    Args:
        name: of the learner.
        build: settings as keyword arguments to an estimator that is not fitted; imports what is heavy.
        defaults: every setting that it takes, with its default; `tune`, which names one of them, is added.
        facts: other fields of the entry, such as its version.
    """

    def make(tune: str, **settings: Any) -> Learner:
        def with_settings(**chosen: Any) -> Learner:
            return EstimatorLearner(name, make_estimator(name, build, chosen))

        return _tune(name, with_settings, settings, tune)

    return LearnerEntry(name=name, defaults={**defaults, "tune": ""}, make=make, **{"axes": "columns", **facts})


@dataclass(frozen=True)
class LoadedLate:
    """A learner whose library takes long to load, and is not loaded before the first model is trained.

    Args:
        load: makes the learner itself.
        backend: what computes it.
    """

    load: Callable[[], Any]
    backend: str

    def fit(self, *given: Any) -> Any:
        """Train as the learner itself does; see `Learner` and `simulations.tasks.task.TaskLearner`."""
        return self.load().fit(*given)


def mlp(hidden: str, **training: Any) -> Learner:
    """Perceptrons with layers of so many hidden units; see `check_training` for other settings and the errors."""
    sizes, how = layer_sizes("mlp", "hidden", hidden), check_training("mlp", **training)

    def load() -> Learner:
        from simulations.learners.neural.mlp import MlpLearner

        return MlpLearner(sizes, how)

    return LoadedLate(load, "torch")


def ensemble(hidden: str, networks: int, **training: Any) -> Learner:
    """Deep ensembles of so many perceptrons; see `mlp`."""
    check_setting("ensemble", "networks", networks, 2 <= networks <= 100, "2 to 100")
    how = check_training("ensemble", samples=networks, **training)
    sizes = layer_sizes("ensemble", "hidden", hidden)

    def load() -> Learner:
        from simulations.learners.neural.mlp import EnsembleLearner

        return EnsembleLearner(sizes, networks, how)

    return LoadedLate(load, "torch")


def cnn(shape: str, channels: str, hidden: str, **training: Any) -> Learner:
    """Small convolutional networks: the shape of an image, kernels of each layer, hidden units behind; see `mlp`."""
    if shape:
        check_shape(shape)
    sizes = layer_sizes("cnn", "channels", channels), layer_sizes("cnn", "hidden", hidden)
    how = check_training("cnn", **training)

    def load() -> Learner:
        from simulations.learners.neural.cnn import CnnLearner

        return CnnLearner(shape, *sizes, how)

    return LoadedLate(load, "torch")


def finetuned(**settings: Any) -> LoadedLate:
    """Fine-tuned encoders; see `check_steps` for the settings and `open_encoder` for further errors."""
    how = check_steps("finetuned", FineTuning, **settings)
    open_encoder(TEXT_ENCODER)

    def load() -> Learner:
        from simulations.learners.neural.finetuned import FinetunedLearner

        return FinetunedLearner(how)

    return LoadedLate(load, "torch")


def seq2seq(hidden: int, pretrained: str, **numbers: Any) -> LoadedLate:
    """Small attention models; see `check_steps` for the settings and the errors."""
    how = check_steps("seq2seq", StepTraining, hidden=hidden, pretrained=pretrained, **numbers)

    def load() -> Any:
        from simulations.learners.seq2seq import Seq2SeqLearner

        return Seq2SeqLearner(hidden, how, pretrained)

    return LoadedLate(load, "torch")


def tagger(l2: float, chain: bool) -> LoadedLate:
    """Conditional random fields; see `Tagger` for the settings. An InputError if the penalty is out of range."""
    check_setting("tagger", "l2", l2, 1e-6 <= l2 <= 1e6, "0.000001 to 1,000,000")

    def load() -> Any:
        from simulations.learners.tagger import Tagger

        return Tagger(l2, chain)

    return LoadedLate(load, "scipy")


_KINDS = {"estimator": ("classifier", "svm.SVC"), "regressor": ("regressor", "svm.SVR")}
"""What each learner that takes any class of scikit-learn asks for, and an example."""


def read_estimator(learner: str, of: str, parameters: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Find a class of scikit-learn such as `sklearn.svm.SVC`, importing nothing from elsewhere, and its parameters.

    The learner is `estimator` or `regressor`; its setting `parameters` has those that differ from the defaults.

    Returns:
        The class, its parameters with scikit-learn's defaults, and those that the setting changes.

    Raises:
        InputError: there is no class of that name, or it does not stand alone, or a parameter is not known or is set
            by the simulator; the nearest name is offered.
    """
    kind = _find_class(learner, of)
    fixed = parse_parameters(parameters, f"learner {learner}, parameters")
    try:
        known = kind().get_params(deep=False)
    except TypeError as error:
        raise InputError(
            f"learner {learner}, of: {of} must be given other estimators; allowed: one that stands alone"
        ) from error
    for name in fixed:
        if name in _OURS:
            raise InputError(f"learner {learner}, parameters: '{name}' is set by the simulator; leave it out")
        if name not in known:
            raise unknown_name("parameter", name, sorted(known), where=f"learner {learner}, {of}")
    return kind, known, fixed


def _find_class(learner: str, of: str) -> Any:
    if _FULL_NAME.fullmatch(of):
        module, _, name = of.rpartition(".")
        try:
            kind = getattr(importlib.import_module(module), name, None)
        except ImportError:
            kind = None
        if isinstance(kind, type) and hasattr(kind, "get_params"):
            return kind
    from sklearn.utils import all_estimators

    what, such_as = _KINDS[learner]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kinds = [kind for _, kind in all_estimators(type_filter=what)]
    # Where a class is defined less the private modules is where it is imported from.
    names = {kind.__name__.lower(): f"{kind.__module__.split('._')[0]}.{kind.__name__}" for kind in kinds}
    near = nearest(of.rpartition(".")[2].lower(), names)
    hint = "" if near is None else f"did you mean '{names[near]}'? "
    raise InputError(
        f"learner {learner}, of: found '{of}'; {hint}allowed: a {what} of scikit-learn by its full name, "
        f"such as 'sklearn.{such_as}'"
    )


def _tune(name: str, make: Callable[..., Learner], settings: Mapping[str, Any], tune: str) -> Learner:
    """Make a learner with its settings, one of them tuned when `tune` says so."""
    learner = make(**settings)
    if not tune.strip():
        return learner
    where = f"learner {name}, tune"
    setting, values = parse_tune(tune, where)
    if setting not in settings:
        raise unknown_name("setting", setting, sorted(settings), where=where)
    return TunedLearner(lambda value: make(**{**settings, setting: value}), values)


def make_estimator(name: str, kind: Callable[..., Any], options: Mapping[str, Any]) -> Any:
    """Make an estimator, by its class of scikit-learn or a function, and check its parameters as scikit-learn does.

    Raises:
        InputError: one of them is not allowed; the sentence calls the learner by its name.
    """
    try:
        estimator = kind(**options)
        # The check that every fit begins with; private by its name, and the same since scikit-learn 1.2.
        if hasattr(estimator, "_parameter_constraints"):
            estimator._validate_params()
    except (ValueError, TypeError) as error:
        raise InputError(f"learner {name}: {one_line(error)}") from error
    return estimator


def parse_parameters(text: str, where: str) -> dict[str, Any]:
    """Read `name=value, name=value`.

    Examples:
        >>> parse_parameters("C=10, kernel=rbf, degree=-2", "here")
        {'C': 10, 'kernel': 'rbf', 'degree': -2}

    Raises:
        InputError: it is written otherwise, or names a parameter twice.
    """
    call = _parse_expression(f"f({text})", text)
    if not isinstance(call, ast.Call) or call.args or any(keyword.arg is None for keyword in call.keywords):
        raise _syntax_error(text, where, "name=value pairs separated by commas, such as C=10, kernel=rbf")
    values = {str(k.arg): _read_literal(k.value, text, where) for k in call.keywords}
    if len(values) < len(call.keywords):
        raise InputError(f"{where}: found {text!r}, which names a parameter twice; allowed: each once")
    return values


def parse_tune(text: str, where: str) -> tuple[str, list[Any]]:
    """Read `name: value, value`.

    Examples:
        >>> parse_tune("C: 0.1, 1, 10", "here")
        ('C', [0.1, 1, 10])

    Raises:
        InputError: it is written otherwise, or gives fewer than two different values.
    """
    name, _, listed = text.partition(":")
    many = _parse_expression(f"[{listed}]", text)
    if not isinstance(many, ast.List) or not name.strip().isidentifier():
        raise _syntax_error(
            text, where, "one setting and its values, the most regularised first, such as C: 0.1, 1, 10"
        )
    values = [_read_literal(node, text, where) for node in many.elts]
    if len(values) < 2 or len({repr(value) for value in values}) < len(values):
        raise InputError(f"{where}: found {text!r}; allowed: at least two values, each once")
    return name.strip(), values


def _parse_expression(code: str, text: str) -> ast.expr | None:
    """The syntax tree of an expression, None where there is none; nothing is run."""
    if len(text) > _LONGEST or "\n" in text:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return ast.parse(code, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None


def _read_literal(node: ast.expr, text: str, where: str) -> Any:
    if isinstance(node, ast.Name):
        return node.id
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        allowed = "numbers, words, tuples, None, True and False; quote a word with other signs in it"
        raise _syntax_error(text, where, allowed) from error


def _syntax_error(text: str, where: str, allowed: str) -> InputError:
    return InputError(f"{where}: found {text[:_LONGEST]!r}; allowed: {allowed}")


def _positive(l2: Any, name: str) -> float:
    if isinstance(l2, bool) or not isinstance(l2, int | float) or not 0 < l2 < math.inf:
        raise InputError(f"learner {name}, l2: found {l2}; allowed: a positive number")
    return float(l2)
