"""Types of the arrays that the simulator and the planner compute with."""

from typing import Any

import numpy as np
import numpy.typing as npt

ArrayLike = npt.ArrayLike
Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Reals = npt.NDArray[np.floating[Any]]
"""Single or double precision, whichever comes."""
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Features = Singles
"""Features of items as the engine stores them."""
