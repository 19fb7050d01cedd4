"""Fetches proxy data sets and encoders into the cache, once, and encodes the user's own texts and images."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from simulations.cache.catalogue import RESOURCES, FetchError, Resource, find_resource
from simulations.cache.fetch import drop_archive, fetch, find_fetched
from simulations.cache.stored import cache_folder
from simulations.encoders.encode import embed, encode_folder, encode_table, open_embeddings, require_encoder
from simulations.errors import InputError

Progress = Callable[[int, int], None]


DownloadError = FetchError
"""A resource could not be fetched, though it exists; the message says which and why."""


def all_resources() -> tuple[list[dict[str, Any]], Path]:
    """List what can be fetched, each with its facts (see `resource_facts`), and give the folder of the cache."""
    return [_facts(resource) for resource in RESOURCES.values()], cache_folder()


def resource_facts(name: str) -> dict[str, Any]:
    """Gather what is known of a resource and of what the cache holds of it.

    Raises:
        InputError: there is no resource of that name.
    """
    return _facts(find_resource(name))


def fetch_resources(
    names: Sequence[str],
    *,
    keep_archive: bool,
    encode: bool,
    fetching: Callable[[str], AbstractContextManager[None]],
    encoding: Callable[[str], AbstractContextManager[Progress]],
) -> list[dict[str, Any]]:
    """Fetch resources, and encode the texts and images among them that need it; what is there already is left alone.

    With `encode` data sets that need an encoder are encoded, for which it is fetched as well. `fetching` is entered
    while the resource of a name is fetched, `encoding` while it is encoded; that gives what takes the progress.

    Returns:
        The facts of each, encoders first, and under `changed` whether anything of it is new.

    Raises:
        InputError: there is no resource of a name, or its encoder cannot run here.
        DownloadError: one could not be fetched.
    """
    named = [find_resource(name) for name in dict.fromkeys(names)]
    wanted = _with_encoders(named) if encode else named
    changed = {}
    for resource in wanted:
        with fetching(resource.name):
            changed[resource.name] = fetch(resource)
    if not keep_archive:
        for resource in wanted:
            if resource.archive is not None:
                drop_archive(resource.archive)
    for resource in wanted if encode else ():
        if resource.needs:
            with encoding(resource.name) as progress:
                changed[resource.name] |= embed(resource, progress=progress)
    return [{**_facts(resource), "changed": changed[resource.name]} for resource in wanted]


def encode_own(
    out: Path, table: Path | None, images: Path | None, text: str | None, label: str | None, *, progress: Progress
) -> dict[str, Any]:
    """Turn the user's texts or images into features and labels that a grid file can name, in the file `out`.

    Texts stand in a column of a table, `text`, with their labels in the column `label`; images lie in a folder with
    one subfolder a class; `check_encoding` has allowed what is given.

    Raises:
        InputError: they cannot be read.
    """
    if images is not None:
        kind, counts = "image", encode_folder(images, out, progress=progress)
    else:
        assert table is not None and text is not None and label is not None
        kind, counts = "text", encode_table(table, out, text=text, label=label, progress=progress)
    items, features, classes = counts
    return {"out": str(out), "kind": kind, "items": items, "features": features, "classes": classes}


def check_encoding(table: Path | None, images: Path | None, text: str | None, label: str | None) -> None:
    """Refuse arguments of `encode_own` that do not go together."""
    if (table is None) == (images is None):
        raise InputError("data encode: give either a table of texts or --images DIR")
    if table is None and (text is not None or label is not None):
        raise InputError("data encode: --text and --label are for tables; with --images, subfolders are labels")
    if table is not None and (text is None or label is None):
        raise InputError(f"data encode: {table} needs --text COLUMN and --label COLUMN")


def _with_encoders(named: list[Resource]) -> list[Resource]:
    """Put the encoders that data sets need before them, once it is known that these can run here."""
    for resource in named:
        for encoder in resource.needs:
            try:
                require_encoder(encoder)
            except InputError as error:
                raise InputError(f"{resource.name}: {error}; or fetch the data alone with --no-encode") from None
    names = [name for resource in named for name in (*resource.needs, resource.name)]
    return [find_resource(name) for name in dict.fromkeys(names)]


def _facts(resource: Resource) -> dict[str, Any]:
    stored = find_fetched(resource)
    archive = resource.archive
    return {
        "name": resource.name,
        "kind": resource.kind,
        "summary": resource.summary,
        "items": resource.items or None,
        "classes": resource.classes or None,
        "licence": resource.licence,
        "terms": resource.terms,
        "paper": resource.paper,
        "package": archive and archive.package,
        "version": archive and archive.version,
        "sha256": archive and archive.sha256,
        "members": list(resource.members),
        "download_bytes": archive.size if archive else 0,
        "needs": list(resource.needs),
        "cached": stored is not None,
        "cached_bytes": None if stored is None else stored.size,
        "encoded": _encoded(resource) if resource.needs else None,
        "path": str(cache_folder() / resource.name),
    }


def _encoded(resource: Resource) -> bool:
    """Whether the embeddings of a data set are in the cache."""
    try:
        open_embeddings(resource)
    except InputError:
        return False
    return True
