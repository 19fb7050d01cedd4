"""Who answers when an item is sent to be labelled, and how long that takes.

Curves are over items whatever the oracle: `votes` asks several people about each item and gives one answer, so it is
the price of a label, not its place on the curve, that counts the votes. `simulations.spending` says what was spent by
each round, in votes and in seconds.
"""

from simulations.oracle.answers import answers_of, error_rate
from simulations.oracle.crowd import ask_annotators, dawid_skene, error_rates
from simulations.oracle.flips import flip_at_boundary, flip_by_class, flip_uniformly
from simulations.oracle.items import Items
from simulations.oracle.registry import FURTHER, ORACLES, check_oracle, make_oracle, votes_each
from simulations.oracle.timing import TIMING, ItemTimes, draw_times, tells_seconds
from simulations.oracle.votes import error_rates_of_items, plurality

__all__ = [
    "FURTHER",
    "ORACLES",
    "TIMING",
    "ItemTimes",
    "Items",
    "answers_of",
    "ask_annotators",
    "check_oracle",
    "dawid_skene",
    "draw_times",
    "error_rate",
    "error_rates",
    "error_rates_of_items",
    "flip_at_boundary",
    "flip_by_class",
    "flip_uniformly",
    "make_oracle",
    "plurality",
    "tells_seconds",
    "votes_each",
]
