"""labelplan's planner: from a plan file and learning curves to a decision in money and a probability."""

__version__ = "0.1.0"
