"""Lines and branches that the fast tests run, by package. Mutants tell whether a test would miss them, not this.

`python -m benchmarks coverage`
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.protocol import verdict

ROOT = Path(__file__).parents[1]
COUNTED = ("num_statements", "covered_lines", "num_branches", "covered_branches")
WANTED = 95.0  # percent of lines and branches together


def measured() -> dict[str, list[int]]:
    """Run the fast tests and return what each file has and what was run, as `COUNTED` names it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        words = ["-q", "-p", "no:cacheprovider", "--cov", "--cov-branch", f"--cov-report=json:{report}"]
        environment = os.environ | {"COVERAGE_FILE": str(Path(folder, "data"))}
        tests = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environment, capture_output=True)
        if tests.returncode:
            sys.exit(tests.stdout.decode()[-2000:])
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return {path: [file["summary"][name] for name in COUNTED] for path, file in sorted(files.items())}


def by_package(files: dict[str, list[int]]) -> dict[str, list[int]]:
    """Return the sums of the files of each package, and of all."""
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(COUNTED))
    for path, numbers in files.items():
        for name in (Path(path).parent.as_posix(), "all"):
            found[name] = [a + b for a, b in zip(found[name], numbers, strict=True)]
    return {name: found[name] for name in sorted(found, key=lambda name: (name == "all", name))}


def share(lines: int, run_lines: int, branches: int, run_branches: int) -> float:
    """Return how many of lines and branches together were run, in percent; of nothing all was."""
    if lines + branches == 0:
        return 100.0
    return 100.0 * (run_lines + run_branches) / (lines + branches)


def show(head: str, rows: dict[str, list[int]]) -> None:
    """Print a table."""
    print(f"\n{head:<42}{'lines':>8}{'run':>8}{'branches':>10}{'run':>8}{'share':>9}")
    for name, (lines, run_lines, branches, run_branches) in rows.items():
        of_both = share(lines, run_lines, branches, run_branches)
        print(f"{name:<42}{lines:>8,}{run_lines:>8,}{branches:>10,}{run_branches:>8,}{of_both:>8.1f}%")


def main() -> int:
    """Measure, print tables, and return 1 if less than what is wanted was run."""
    files = measured()
    packages = by_package(files)
    show("package", packages)
    show(f"files below {WANTED:g} %", {path: row for path, row in files.items() if share(*row) < WANTED})
    total = share(*packages["all"])
    verdict("percent of lines and branches that the fast tests run", total, at_least=WANTED)
    return int(total < WANTED)


if __name__ == "__main__":
    sys.exit(main())
