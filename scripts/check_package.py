"""Checks what would be uploaded: builds wheel and source archive, checks both, installs the wheel and uses it.

    make package

Everything is made in a temporary folder, in an environment of its own, as a new user's would be; it takes some minutes.
"""

import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PORT = 8599
START_SECONDS = 60.0
UNWANTED = ("tests/", "research/", "benchmarks/", "scripts/")
"""Folders that no wheel may hold."""


def main() -> None:
    """Run the checks; the first that fails ends it."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        built, tools, new = work / "dist", make_environment(work / "tools"), make_environment(work / "new")
        run(tools, "pip", "install", "--quiet", "build", "twine")
        run(tools, "build", "--outdir", str(built), str(ROOT))
        files = sorted(built.iterdir())
        run(tools, "twine", "check", "--strict", *map(str, files))
        (wheel,) = (path for path in files if path.suffix == ".whl")
        check_members(wheel)
        run(new, "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), str(wheel))
        run(new, "pip", "check")
        run(new, "planner.cli", "demo", cwd=work)
        run(new, "planner.cli", "init", "plan.toml", cwd=work)
        run(new, "planner.cli", "plan", "plan.toml", cwd=work)
        check_dashboard(new, work)
    print(f"{', '.join(path.name for path in files)}: built, checked, installed and used")


def make_environment(folder: Path) -> Path:
    """Make a virtual environment; give its interpreter."""
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


def run(python: Path, module: str, *arguments: str, cwd: Path | None = None) -> None:
    """Run a module; end where it fails."""
    print(f"$ python -m {module} {' '.join(arguments)}", flush=True)
    if status := subprocess.run([python, "-m", module, *arguments], cwd=cwd, check=False).returncode:
        sys.exit(f"{module}: ended with status {status}")


def check_members(wheel: Path) -> None:
    """End where the wheel holds what does not ship, or no licence."""
    names = zipfile.ZipFile(wheel).namelist()
    unwanted = [name for name in names if name.startswith(UNWANTED)]
    if unwanted or not any(name.endswith("LICENSE") for name in names):
        sys.exit(f"{wheel.name}: holds {unwanted[:3]}; allowed: planner, simulations and a licence")


def check_dashboard(python: Path, work: Path) -> None:
    """Start the dashboard and wait until it answers."""
    started = [python, "-m", "planner.cli", "dashboard", "--port", str(PORT), "--plan", "plan.toml"]
    server = subprocess.Popen(started, cwd=work, env={"PATH": "/usr/bin:/bin", "HOME": str(work), "BROWSER": "true"})
    try:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"http://localhost:{PORT}/_stcore/health", timeout=5) as answer:
                    print(f"dashboard: {answer.read().decode()}")
                return
            except OSError:
                if time.monotonic() > end or server.poll() is not None:
                    sys.exit("dashboard: it does not answer")
                time.sleep(0.5)
    finally:
        server.terminate()
        server.wait(timeout=30)


if __name__ == "__main__":
    main()
