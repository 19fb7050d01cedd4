"""What tests of research share with those of the product: curves of known truth, quick campaigns, typed commands."""

from tests.planner.conftest import answered, run  # noqa: F401
from tests.research.backtest.conftest import make_curve, pair_table  # noqa: F401
from tests.simulations.conftest import small  # noqa: F401
