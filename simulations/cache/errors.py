"""What goes wrong while fetching and is nobody's bad input."""


class FetchError(RuntimeError):
    """An archive came but cannot be used, told in one sentence; the command line ends with status 1."""
