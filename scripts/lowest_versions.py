"""Print the least version that pyproject.toml allows of each dependency, as constraints for uv and pip.

What constraints.txt pins is left to it.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def lowest_versions() -> dict[str, str]:
    """Return the least version of each dependency and extra; raises ValueError where none is stated."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, str] = {}
    for requirement in sum(project["optional-dependencies"].values(), project["dependencies"]):
        parts = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?>=([\d.]+)", requirement)
        if parts is None:
            raise ValueError(f"pyproject.toml: {requirement!r} does not state a least version, like 'numpy>=1.26'")
        name, version = parts.groups()
        if found.setdefault(name, version) != version:
            raise ValueError(f"pyproject.toml: {name} has two least versions, {found[name]} and {version}")
    return found


def pinned() -> set[str]:
    """Return the names that constraints.txt pins."""
    return set(re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE))


if __name__ == "__main__":
    for name, version in lowest_versions().items():
        if name not in pinned():
            print(f"{name}=={version}")
