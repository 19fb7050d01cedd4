"""The generated blocks of a Markdown page, each between two markers that name it."""

import re
from collections.abc import Mapping

from simulations.errors import InputError

__all__ = ["blocks_of", "with_blocks"]

_BLOCK = re.compile(r"<!-- study: (?P<name>[a-z]+) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)


def blocks_of(page: str) -> dict[str, str]:
    """Give the text between the markers, by name.

    Raises:
        InputError: a name twice.
    """
    found = [(one["name"], one["text"].strip("\n")) for one in _BLOCK.finditer(page)]
    names = [name for name, _ in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"study page: found the block '{twice[0]}' twice; allowed: once")
    return dict(found)


def with_blocks(page: str, blocks: Mapping[str, str]) -> str:
    """Give the page with its blocks written anew; everything else stays as it is.

    Raises:
        InputError: the page lacks a block, or has one that is not made.
    """
    missing, unknown = blocks.keys() - blocks_of(page).keys(), blocks_of(page).keys() - blocks.keys()
    if missing or unknown:
        name, fault = (min(missing), "is not on the page") if missing else (min(unknown), "is not made")
        raise InputError(f"study page: the block '{name}' {fault}; allowed: {', '.join(blocks)}, each once")
    return _BLOCK.sub(lambda one: f"<!-- study: {one['name']} -->\n\n{blocks[one['name']]}\n\n<!-- end -->", page)
