"""The resources that `labelplan data get` knows, with archive, licence and terms, as `catalogue.toml` lists them."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulations.cache.convert import (
    as_they_are,
    conllu_sentences,
    folder_texts,
    keel_table,
    pixel_rows,
    tab_texts,
    torch_weights,
)
from simulations.cache.resource import Archive, Resource
from simulations.errors import unknown_name

_CONVERSIONS = {
    convert.__name__: convert
    for convert in (as_they_are, conllu_sentences, folder_texts, keel_table, pixel_rows, tab_texts, torch_weights)
}


def _read_catalogue() -> dict[str, Resource]:
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    archives = {name: Archive(**fields) for name, fields in tables["archives"].items()}

    def resource(name: str, fields: dict[str, Any]) -> Resource:
        fields["archive"], fields["convert"] = archives[fields["archive"]], _CONVERSIONS[fields["convert"]]
        fields |= {key: tuple(value) for key, value in fields.items() if isinstance(value, list)}
        return Resource(name, **fields)

    return {name: resource(name, fields) for name, fields in tables["resources"].items()}


RESOURCES: Mapping[str, Resource] = _read_catalogue()


def find_resource(name: str) -> Resource:
    """Look up what is to be fetched.

    Raises:
        InputError: the name is not known; the nearest is offered.
    """
    if name not in RESOURCES:
        raise unknown_name("name", name, RESOURCES, where="data")
    return RESOURCES[name]
