"""The one error that means "what you gave us cannot be used"."""


class InputError(ValueError):
    """Bad input, told in one sentence: what, where, and what is allowed.

    The command line prints the sentence on standard error and exits with status 2.
    """
