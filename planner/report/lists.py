"""Lists of names in a sentence."""

from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """Write names as a sentence does; at least one.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def first_few(names: Sequence[str], most: int) -> str:
    """Write the first names, and how many more there are.

    >>> first_few(["a", "b"], 2), first_few(["a", "b", "c", "d"], 2)
    ('a, b', 'a, b and 2 more')
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
