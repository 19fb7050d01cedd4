"""All attacks by name, the quickest to fail first."""

from tests.hostile import (
    addresses,
    disks,
    downloads,
    files,
    kills,
    plans,
    properties,
    quotes,
    sessions,
    stores,
    uploads,
)
from tests.hostile.harness import Attack

MODULES = (files, downloads, disks, quotes, stores, kills, uploads, sessions, plans, addresses, properties)
ATTACKS: dict[str, Attack] = {module.ATTACK.name: module.ATTACK for module in MODULES}
