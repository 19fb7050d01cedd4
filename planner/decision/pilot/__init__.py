"""The value of a pilot, and of one more round: what measuring first lets one decide better, less what it costs."""

from planner.decision.pilot.design import Kind, PilotDesign, design_pilot
from planner.decision.pilot.preposterior import Preposterior, preposterior
from planner.decision.pilot.value import PilotValue, pilot_value, pilot_values
from planner.decision.pilot.weighing import Experiment

__all__ = [
    "Experiment",
    "Kind",
    "PilotDesign",
    "PilotValue",
    "Preposterior",
    "design_pilot",
    "pilot_value",
    "pilot_values",
    "preposterior",
]
