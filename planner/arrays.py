"""Types of the arrays that the planner computes with."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
