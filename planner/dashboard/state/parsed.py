"""Plan files read once: a page asks for the plan of the same text at many places; imports no streamlit."""

from functools import lru_cache

from planner.plan import Plan, parse_plan


@lru_cache(maxsize=64)
def parsed(text: str, where: str = "plan") -> Plan:
    """Read a plan from TOML text, or give the one that was read of it before: a plan never changes.

    Args:
        text: the plan file.
        where: names it in messages.

    Raises:
        InputError: the text is not TOML or holds something that is not allowed.
    """
    return parse_plan(text, where=where)
