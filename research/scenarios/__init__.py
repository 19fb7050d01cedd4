"""Labelling that is not chosen from a pool: items that pass by once, and queries that are made up."""

from research.scenarios.stream import CHOOSERS, BudgetManager, StreamRound, StreamSetting, run_stream
from research.scenarios.synthesis import Halfspace, SynthesisRound, run_synthesis, synthesise

__all__ = [
    "CHOOSERS",
    "BudgetManager",
    "Halfspace",
    "StreamRound",
    "StreamSetting",
    "SynthesisRound",
    "run_stream",
    "run_synthesis",
    "synthesise",
]
