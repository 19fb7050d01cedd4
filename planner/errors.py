"""The error of bad input, which the simulator defines."""

from simulations.errors import InputError as InputError
