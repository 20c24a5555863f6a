"""Keep uv.lock in step with pyproject.toml, and the requirements files, which plain pip reads, in step with uv.lock.

lock_files.py              write all three
lock_files.py --upgrade    take newer versions
lock_files.py --check      say what has drifted; exit status 1 when something has
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = str(Path(sys.executable).parent / "uv")
HEADER = "# Written by `make lock` from uv.lock. Install with: pip install --no-deps --require-hashes -r {name}\n"
# Each file is complete, so that one command installs what a machine needs: to run, or to develop as well.
EXPORTS = {"requirements.txt": ("--no-dev",), "requirements-dev.txt": ("--group", "dev")}


def export(root: Path, name: str) -> str:
    """The content that the requirements file `name` should have. Raises CalledProcessError, with uv's words."""
    # --no-header: uv's own repeats the command line, with whatever index or path this machine happens to use.
    command = [UV, "export", "--quiet", "--frozen", "--offline", "--no-emit-project", "--no-header", *EXPORTS[name]]
    finished = subprocess.run(
        [*command, "--format", "requirements.txt"], cwd=root, check=True, capture_output=True, text=True
    )
    return HEADER.format(name=name) + finished.stdout


def drifted(root: Path) -> list[str]:
    """A sentence for each file that does not follow from the one before it."""
    # Offline: whether the lock file satisfies the project is decided by the two files alone, not by today's index.
    lock = subprocess.run([UV, "lock", "--check", "--offline", "--quiet"], cwd=root, check=False, capture_output=True)
    problems = [] if lock.returncode == 0 else ["uv.lock does not follow from pyproject.toml"]
    for name in EXPORTS:
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != export(root, name):
            problems.append(f"{name} does not follow from uv.lock")
    return problems


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write or check, as the command line asks. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--upgrade", action="store_true")
    options = parser.parse_args(arguments)
    if options.check:
        problems = drifted(root)
        for problem in problems:
            print(f"{problem}. Run: make lock", file=sys.stderr)
        return os.EX_OK if not problems else 1
    subprocess.run([UV, "lock", *(["--upgrade"] if options.upgrade else [])], cwd=root, check=True)
    for name in EXPORTS:
        (root / name).write_text(export(root, name), encoding="utf-8")
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
