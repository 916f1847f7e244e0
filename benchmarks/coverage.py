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
    """Run the fast tests and return what each package has and what was run, as `COUNTED` names it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        words = ["-q", "-p", "no:cacheprovider", "--cov", "--cov-branch", f"--cov-report=json:{report}"]
        environment = os.environ | {"COVERAGE_FILE": str(Path(folder, "data"))}
        tests = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environment, capture_output=True)
        if tests.returncode:
            sys.exit(tests.stdout.decode()[-2000:])
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(COUNTED))
    for path, file in files.items():
        package = Path(path).parent.as_posix()
        found[package] = [a + file["summary"][name] for a, name in zip(found[package], COUNTED, strict=True)]
    return dict(sorted(found.items()))


def share(lines: int, run_lines: int, branches: int, run_branches: int) -> float:
    """Return how many of lines and branches together were run, in percent."""
    return 100.0 * (run_lines + run_branches) / max(lines + branches, 1)


def main() -> int:
    """Measure, print a table, and return 1 if less than what is wanted was run."""
    packages = measured()
    packages["all"] = [sum(column) for column in zip(*packages.values(), strict=True)]
    print(f"\n{'package':<34}{'lines':>8}{'run':>8}{'branches':>10}{'run':>8}{'share':>9}")
    for name, (lines, run_lines, branches, run_branches) in packages.items():
        of_both = share(lines, run_lines, branches, run_branches)
        print(f"{name:<34}{lines:>8,}{run_lines:>8,}{branches:>10,}{run_branches:>8,}{of_both:>8.1f}%")
    total = share(*packages["all"])
    verdict("percent of lines and branches that the fast tests run", total, at_least=WANTED)
    return int(total < WANTED)


if __name__ == "__main__":
    sys.exit(main())
