"""The learners known by name; making one imports its library, listing them imports nothing heavy."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from simulations.errors import InputError
from simulations.learners import recipes
from simulations.learners.estimators import EstimatorLearner
from simulations.learners.learner import SEEDS, Learner, LearnerEntry
from simulations.learners.linear import LinearLearner, RidgeLearner
from simulations.learners.regression import REGRESSORS
from simulations.plugins import Registry
from simulations.trajectory import Part, Scalar


def _serve(*needs: str) -> Callable[[Mapping[str, Any]], frozenset[str]]:
    """Serve the same whatever the settings."""
    return lambda settings: frozenset(needs)


def _serve_network(settings: Mapping[str, Any]) -> frozenset[str]:
    """Serve gradients, and networks drawn by dropout, where there is any."""
    return frozenset({"gradients", "members"} if settings["dropout"] > 0 else {"gradients"})


_TRAINING: Mapping[str, Scalar] = {
    "epochs": 200,
    "learning_rate": 0.003,
    "weight_decay": 0.01,
    "dropout": 0.25,
    "batch_size": 32,
    "start": "scratch",
    "samples": 20,
}

_linear = partial(LearnerEntry, family="linear", defaults={"l2": 1.0, "tune": ""}, serves=_serve("gradients"))
_neural = partial(
    LearnerEntry, family="neural", needs="torch (extra neural)", loads=("torch",), further=dict.fromkeys(SEEDS, 0)
)

_ENTRIES = (
    _linear(
        name="linear",
        paper="Cox 1958, The regression analysis of binary sequences; softmax form: Bishop 2006, section 4.3",
        summary="Softmax regression with an L2 penalty, warm-started from the round before.",
        make=partial(recipes.linear, "linear", LinearLearner),
    ),
    _linear(
        name="ridge",
        paper="Hoerl & Kennard 1970, Ridge regression",
        summary="Ridge regression on one-hot answers: a fast preview, with other curves than `linear`.",
        make=partial(recipes.linear, "ridge", RidgeLearner),
    ),
    recipes.estimator_entry(
        "forest",
        recipes.forest,
        {"trees": 100, "min_leaf": 1, "max_features": 0.0},
        family="trees",
        paper="Breiman 2001, Random forests",
        summary="Random forest of scikit-learn; shares of the trees' leaves are its probabilities.",
    ),
    recipes.estimator_entry(
        "boosting",
        recipes.boosting,
        {"iterations": 50, "learning_rate": 0.1, "leaves": 31, "min_leaf": 5, "l2": 1.0},
        family="trees",
        paper="Friedman 2001, Greedy function approximation; histograms: Ke et al. 2017, LightGBM",
        summary="Gradient-boosted trees of scikit-learn, with leaves small enough for small labelled sets.",
    ),
    LearnerEntry(
        name="estimator",
        family="any",
        paper="Pedregosa et al. 2011, Scikit-learn: machine learning in Python",
        summary="Any classifier of scikit-learn by its full name, with its parameters.",
        defaults={"of": "", "parameters": "", "tune": ""},
        make=recipes.estimator,
        axes="columns",
    ),
    _neural(
        name="mlp",
        paper="Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors; Adam: Kingma & "
        "Ba 2015; dropout: Srivastava et al. 2014; as samples of a posterior: Gal & Ghahramani 2016",
        summary="Multilayer perceptron with dropout, many lanes stacked; from scratch each round, or warm-started.",
        defaults={"hidden": "128", **_TRAINING},
        make=recipes.mlp,
        axes="columns",
        serves=_serve_network,
    ),
    _neural(
        name="cnn",
        paper="LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition; dropout: "
        "Gal, Islam & Ghahramani 2017, Deep Bayesian active learning with image data",
        summary="Small convolutional network for images given as rows of pixels, such as digits; one lane at a time.",
        defaults={"shape": "", "channels": "16, 32", "hidden": "128", **_TRAINING},
        make=recipes.cnn,
        axes="columns",
        serves=_serve_network,
    ),
    _neural(
        name="ensemble",
        paper="Lakshminarayanan, Pritzel & Blundell 2017, Simple and scalable predictive uncertainty estimation using "
        "deep ensembles; Beluch et al. 2018, The power of ensembles for active learning in image classification",
        summary="Perceptrons trained apart from one another, whose mean is the answer (a deep ensemble).",
        defaults={"hidden": "128", "networks": 5, **{k: v for k, v in _TRAINING.items() if k != "samples"}},
        make=recipes.ensemble,
        axes="columns",
        serves=_serve("members", "ensemble"),
    ),
    _neural(
        name="finetuned",
        paper="Reimers & Gurevych 2019, Sentence-BERT; MiniLM: Wang et al. 2020; fine-tuning on few labels: Mosbach, "
        "Andriushchenko & Klakow 2021, On the stability of fine-tuning BERT",
        summary="MiniLM with a linear head, fine-tuned on texts from its published weights each round; one lane at a "
        "time.",
        defaults={
            "passes": 5,
            "least_steps": 100,
            "learning_rate": 1e-4,
            "weight_decay": 0.01,
            "dropout": 0.1,
            "batch_size": 16,
            "tokens": 64,
            "words": False,
            "precision": "float32",
        },
        make=recipes.finetuned,
        axes="tokens",
        needs="torch (extra text), labelplan data get minilm",
    ),
    *REGRESSORS,
    LearnerEntry(
        name="tagger",
        family="sequences",
        paper="Lafferty, McCallum & Pereira 2001, Conditional random fields; window features: Ratnaparkhi 1996; "
        "hashed: Weinberger et al. 2009",
        summary="Linear-chain conditional random field on hashed words, endings and neighbours; warm-started.",
        defaults={"l2": 1.0, "chain": True},
        make=recipes.tagger,
        loads=("scipy.optimize", "sklearn.feature_extraction"),
        serves=_serve("sequences", "sequence_gradients"),
        task="tagging",
    ),
    _neural(
        name="seq2seq",
        paper="Gehring et al. 2017, Convolutional sequence to sequence learning; attention: Vaswani et al. 2017, "
        "section 3.2; distances: Shaw, Uszkoreit & Vaswani 2018",
        summary="Small attention model from texts to symbols, greedy; from scratch each round, or from one "
        "pre-trained.",
        defaults={
            "hidden": 64,
            "passes": 20,
            "least_steps": 300,
            "learning_rate": 0.005,
            "dropout": 0.2,
            "batch_size": 16,
            "pretrained": "none",
        },
        make=recipes.seq2seq,
        serves=_serve("sequences", "embeddings"),
        task="generation",
    ),
)

LEARNERS = Registry("learner", "labelplan.learners", _ENTRIES)


@contextmanager
def with_estimator(name: str, estimator: Any) -> Iterator[None]:
    """Know a scikit-learn classifier by a name for a while, in this process alone.

    Raises:
        InputError: a learner has that name, or it is no classifier.
    """
    if name in LEARNERS:
        raise InputError(
            f"learner: found an object named '{name}', as a learner is; allowed: another name, or '{name}'"
        )
    learner = EstimatorLearner(name, estimator)
    summary = "A scikit-learn classifier that was given as an object."
    LEARNERS[name] = LearnerEntry(
        name=name, family="scikit-learn", paper="", summary=summary, defaults={}, make=lambda: learner, axes="columns"
    )
    try:
        yield
    finally:
        del LEARNERS[name]


def make_learner(part: Part) -> Learner:
    """Make a learner from its registered name and complete settings.

    Raises:
        InputError: a setting is out of range.
    """
    learner: Learner = LEARNERS[part.name].make(**part.options)
    return learner
