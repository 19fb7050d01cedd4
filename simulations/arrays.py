"""Types of the arrays that the simulator computes with."""

from typing import Any

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]
"""What the engine stores: single precision."""
FloatArray = npt.NDArray[np.float64]
RealArray = npt.NDArray[np.floating[Any]]
"""Single or double precision, whichever comes."""
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
