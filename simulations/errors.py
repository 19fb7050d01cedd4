"""The one error that means "what you gave the simulator cannot be used"."""


class SimulationInputError(ValueError):
    """Bad input to the simulator, told in one sentence: what, where, and what is allowed.

    The command line prints the sentence on standard error and exits with status 2.
    """
