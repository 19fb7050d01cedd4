"""All attacks by name, the quickest to fail first."""

from tests.hostile import addresses, plans, properties, quotes, stores
from tests.hostile.harness import Attack

ATTACKS: dict[str, Attack] = {
    module.ATTACK.name: module.ATTACK for module in (quotes, stores, plans, addresses, properties)
}
