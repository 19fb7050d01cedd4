"""How the tagger is listed; making one imports what it needs, listing it nothing heavy."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulations.learners.learner import LearnerEntry

if TYPE_CHECKING:
    from simulations.learners.tagger.learner import Tagger


def _tagger(*, l2: float, chain: bool) -> "Tagger":
    from simulations.learners.tagger.learner import Tagger

    return Tagger(l2=l2, chain=chain)


def _serves(settings: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"sequences"})


TAGGER = LearnerEntry(
    name="tagger",
    family="sequences",
    paper="Lafferty, McCallum & Pereira 2001, Conditional random fields; window features: Ratnaparkhi 1996; hashed: "
    "Weinberger et al. 2009",
    needs="nothing",
    summary="Linear-chain conditional random field on hashed words, endings and neighbours; warm-started.",
    defaults={"l2": 1.0, "chain": True},
    make=_tagger,
    loads=("scipy.optimize", "sklearn.feature_extraction"),
    serves=_serves,
    task="tagging",
)
