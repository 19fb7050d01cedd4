import re

import pytest

from simulations.cache.catalogue import RESOURCES, find_resource
from simulations.errors import InputError


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda one: one.name)
def test_every_resource_is_complete(resource):
    assert re.fullmatch(r"[a-z0-9-]+", resource.name)
    assert re.fullmatch(r"[0-9a-f]{64}", resource.archive.sha256)
    assert resource.archive.requirement.startswith(f"{resource.archive.package}=={resource.archive.version} --hash=")
    assert resource.members
    assert resource.licence and resource.paper
    assert resource.summary.endswith(".") and resource.terms.endswith(".")
    assert all(RESOURCES[name].kind == "encoder" for name in resource.needs)
    assert bool(resource.needs) == (resource.kind == "text")
    assert (resource.items > 0) == (resource.kind not in ("encoder", "curves"))


def test_the_names_are_those_of_the_documentation():
    from pathlib import Path

    page = (Path(__file__).parents[3] / "docs" / "method" / "fetched-data.md").read_text(encoding="utf-8")
    table = page.partition("## What there is")[2].partition("## How it is fetched")[0]
    rows = {row.group(1): row.group(0) for row in re.finditer(r"^\| `([a-z0-9-]+)` \|.*$", table, re.MULTILINE)}
    assert set(rows) == set(RESOURCES)
    for name, resource in RESOURCES.items():
        assert f"{resource.archive.package} {resource.archive.version}" in rows[name]
        assert resource.archive.sha256 in page
        assert f"{resource.archive.size / 1e6:.1f} MB" in rows[name]


def test_archives_of_one_package_are_one():
    by_package = {}
    for resource in RESOURCES.values():
        assert by_package.setdefault(resource.archive.package, resource.archive) is resource.archive


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(InputError, match="did you mean 'mnist5k'"):
        find_resource("mnist")
