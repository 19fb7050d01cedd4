"""Fetches one thing into the cache: archive, members, conversion, hashes; what is there already is left alone."""

from simulations.cache.archive import read_members
from simulations.cache.download import ARCHIVES, download
from simulations.cache.errors import FetchError
from simulations.cache.folder import cache_folder
from simulations.cache.modules import require_modules
from simulations.cache.resource import Archive, Resource
from simulations.cache.stored import Stored, find_stored, open_stored, storing


def origin_of(resource: Resource) -> dict[str, object]:
    """What a kept resource was made from; a new archive or conversion makes what is kept a stranger."""
    archive = resource.archive
    return {
        "package": archive.package,
        "version": archive.version,
        "sha256": archive.sha256,
        "revision": resource.revision,
    }


def fetched(resource: Resource) -> Stored | None:
    """Give what the cache holds of a resource; None when it was never fetched."""
    return find_stored(resource.name, origin_of(resource))


def opened(resource: Resource) -> Stored:
    """Give what the cache holds of a resource.

    Raises:
        InputError: it was never fetched; the sentence names the command that fetches it.
    """
    return open_stored(resource.name, origin_of(resource))


def fetch(resource: Resource) -> bool:
    """Bring a resource into the cache; interrupted at any moment, the next call goes on from what was finished.

    The archive stays in the cache until `drop_archive`, since several data sets may come from one.

    Returns:
        Whether anything had to be done: False when it was there, with all hashes as they were written.

    Raises:
        InputError: the registry cannot be reached, or an extra is missing.
        FetchError: the archive is not the one expected or cannot be used.
    """
    stored = fetched(resource)
    if stored is not None and stored.damage() is None:
        return False
    require_modules(resource.name, resource.modules, resource.extra, "to be converted")
    archive = download(resource.archive, wanted_by=resource.name, home=cache_folder())
    with storing(resource.name, origin_of(resource)) as folder:
        found = resource.convert(read_members(archive, resource.members), folder)
        if found != (resource.items, resource.classes):
            raise FetchError(
                f"{resource.name}: found {found[0]} items of {found[1]} classes where "
                f"{resource.items} of {resource.classes} belong"
            )
    opened(resource)
    return True


def drop_archive(archive: Archive) -> None:
    """Remove an archive from the cache, if it is there."""
    (cache_folder() / ARCHIVES / archive.filename).unlink(missing_ok=True)
