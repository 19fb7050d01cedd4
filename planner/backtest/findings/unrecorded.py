"""T7 and T14: findings about models that no recorded run trains; each says what it lacks."""

from planner.backtest.findings.curves import NotRecordedError, RecordedCurves
from planner.backtest.findings.finding import Measured

__all__ = ["another_model", "generation"]


def another_model(curves: RecordedCurves) -> Measured:
    """T7 asks that one model chooses and another is trained."""
    raise NotRecordedError("Missing: curves in which one learner chooses and another is trained, such as a forest.")


def generation(curves: RecordedCurves) -> Measured:
    """T14 asks for a sequence model, trained in several orders from several beginnings."""
    raise NotRecordedError(
        "Missing: curves of a small sequence model over several selections, orders and initialisations, pre-trained on "
        "none, overlapping and disjoint data."
    )
