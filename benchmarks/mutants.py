"""How many faults of one place, put into the code at each place in turn, the tests notice.

`python -m benchmarks.mutants [MODULE ...] [--tests FILE] [--fates FILE]`, with modules such as `ops.py`, `array_ops` or
`compiler/written.py`; it needs cosmic-ray. It takes an hour of two cores, so that CI does not run it.
In the table "late" are those of the killed that took too long, and "of the rest" is the percentage without those
that are explained.

First the tests run once, to learn which tests run which lines; `--tests` keeps that in a file, or reads it from there.
Each mutant is tried on the tests that run its line, those first that are about the module, the quickest in front, as
many as take `--limit` seconds; what runs when a module is imported, on those about the module. Of the compiler a part
is tried, drawn by a seed; `--share 1` tries all. `--fates` keeps what became of each mutant, and on another run tries
those alone that are new or survived without an explanation: with a larger limit, or for whoever writes the missing
tests. With `--unchecked` a test that fails without a mutation kills whatever it is tried on. An explanation of a
survivor goes into tests/surviving_mutants.toml.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Container, Sequence
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

from benchmarks.protocol import show, verdict
from tests.covering import ROOT, Covering, changed_since, measure
from tests.mutant_runner import Fate, Trial, failing, try_all
from tests.mutations import Mutant, mutants

PACKAGE = Path("micrograd_plus")
EXPLAINED = ROOT / "tests" / "surviving_mutants.toml"

Key = tuple[str, str, str]  # a module, its line, and what becomes of it: names a mutant wherever the line stands


class Target(NamedTuple):
    """A part of the package: the percentage to be killed, the share of mutants tried, the tests about all of it."""

    percent: float
    share: float
    laws: list[str]


_LAWS = [
    "ops",
    "array_ops",
    "engine",
    "row_edges",
    "kinks",
    "agreement",
    "shapes_and_types",
    "checks",
    "value",
    "tensor",
]
_COMPILED = ["compile", "golden_source", "compiled_tensors", "compiled_functions", "source", "tensor", "update"]
TARGETS = {
    "ops.py": Target(95, 1.0, [*_LAWS, "from_graph", "notation", "compile", "golden_source", "float_rules"]),
    "engine.py": Target(95, 1.0, ["engine", "anomaly", "value", "tensor", "misuse", "threads", "derivatives", *_LAWS]),
    "array_ops": Target(95, 1.0, [*_LAWS, "indices", "result_size", "array_functions", "compiled_tensors"]),
    "compiler": Target(90, 0.3, _COMPILED),
}


_UNTRIED, _UNCOVERED = Fate("not tried"), Fate("survived", "no test runs it")


class Tried(NamedTuple):
    """A mutant of a module, and what became of it."""

    module: str
    mutant: Mutant
    fate: Fate

    @property
    def key(self) -> Key:
        """What names it, wherever the line stands."""
        return self.module, self.mutant.line, self.mutant.becomes


def main() -> int:
    """Try all mutants, print a table and the survivors; return 1 where an explanation explains none."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mutants")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"in {', '.join(TARGETS)}; by default all")
    parser.add_argument("--tests", type=Path, help="file that keeps which tests run which lines")
    parser.add_argument("--fates", type=Path, help="file that keeps what became of each mutant")
    parser.add_argument("--unchecked", action="store_true", help="trust that all tests pass without a mutation")
    parser.add_argument("--share", type=float, help="of the mutants that is tried, drawn by the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=30.0, help="seconds of the tests of one, measured with coverage")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    how = parser.parse_args()
    modules = [m for m in _modules() if not how.modules or any(_within(m, name) for name in how.modules)]
    covering = _covering(how.tests)
    explanations = {(e["module"], e["line"], e["becomes"]): e["why"] for e in _explanations()}
    tried, made = _tried(modules, covering, explanations, how)
    _report(tried, Counter(key[0] for key in made), explanations)
    noticed = {t.key for t in tried} - {t.key for t in _survivors(tried)}
    stale = [key for key in explanations if key[0] in modules and (key not in made or key in noticed)]
    for module, line, becomes in stale:
        print(f"explained, but no survivor: {module}: {line} -> {becomes}")
    return int(bool(stale))


def _covering(file: Path | None) -> Covering:
    """Return which tests run which lines: measured, or read from a file but for what has changed since."""
    files, newer = [str(PACKAGE / module) for module in _modules()], None
    with tempfile.TemporaryDirectory() as folder:
        kept = file or Path(folder, "all")
        if not kept.exists():
            measure(kept, modules=files)
        elif changed := changed_since(kept):
            measure(Path(folder, "changed"), *changed, modules=files)
            newer = Covering(Path(folder, "changed"))
        return Covering(kept, newer)


def _modules() -> list[str]:
    """Return the files of all targets."""
    found = []
    for name in TARGETS:
        path = ROOT / PACKAGE / name
        found += [path] if path.is_file() else sorted(path.glob("*.py"))
    return [str(path.relative_to(ROOT / PACKAGE)) for path in found]


def _within(module: str, name: str) -> bool:
    return module == name or Path(name) in Path(module).parents


def _target(module: str) -> str:
    return next(name for name in TARGETS if _within(module, name))


def _explanations() -> list[dict[str, str]]:
    return tomllib.loads(EXPLAINED.read_text())["survivor"] if EXPLAINED.exists() else []


# --- trying -----------------------------------------------------------------------------------------------------------


def _without_broken(trials: list[Trial]) -> list[Trial]:
    """Leave out tests that fail without a mutation when they are run as mutants are."""
    broken = set()
    for fresh in (True, False):
        tests = list(dict.fromkeys(test for trial in trials if trial.fresh == fresh for test in trial.tests))
        broken.update(failing(ROOT, tests, fresh=fresh))
    if broken:
        print("left out, as they fail without a mutation:", *sorted(broken), sep="\n  ")
    return [trial._replace(tests=[test for test in trial.tests if test not in broken]) for trial in trials]


def _tried(
    modules: Sequence[str], covering: Covering, explanations: Container[Key], how: argparse.Namespace
) -> tuple[list[Tried], list[Key]]:
    """Return what became of the mutants that are tried, and what names those that there are."""
    made: list[Key] = []
    file: Path | None = how.fates
    before = {tuple(key): Fate(*fate) for *key, fate in json.loads(file.read_text())} if file and file.exists() else {}
    found, waiting, trials = [], [], []
    for module in modules:
        share = how.share or TARGETS[_target(module)].share
        for mutant in mutants((ROOT / PACKAGE / module).read_text(), seed=how.seed):
            key = module, mutant.line, mutant.becomes
            made.append(key)
            if random.Random(f"{how.seed} {module} {mutant.line} {mutant.becomes}").random() >= share:
                continue
            fate = before.get(key, _UNTRIED)
            tests, fresh = chosen(module, mutant, covering, how.limit)
            if tests and (fate == _UNTRIED or (fate.how == "survived" and key not in explanations)):
                waiting.append(len(found))
                trials.append(Trial(str(PACKAGE / module), mutant.source, tests, fresh))
                fate = _UNTRIED
            found.append(Tried(module, mutant, fate if tests else _UNCOVERED))
    if known := sum(tried.fate not in (_UNTRIED, _UNCOVERED) for tried in found):
        print(f"what became of {known:,} mutants is known from earlier runs")
    trials = trials if how.unchecked else _without_broken(trials)
    for done, (number, fate) in enumerate(try_all(ROOT, trials, how.limit, how.workers), 1):
        found[waiting[number]] = found[waiting[number]]._replace(fate=fate)
        print(f"{done} of {len(trials)}", end="\r", file=sys.stderr, flush=True)
        if file and (done % 10 == 0 or done == len(trials)):
            now = before | {tried.key: tried.fate for tried in found}
            file.write_text(json.dumps([(*key, fate) for key, fate in now.items()]))
    return found, made


def chosen(module: str, mutant: Mutant, covering: Covering, limit: float) -> tuple[list[str], bool]:
    """Return the tests to try a mutant on, in order, and whether its line runs while the module is imported."""
    tests, at_import = covering.covers(str(PACKAGE / module), mutant.first, mutant.last)
    about = _about(module)
    if at_import:
        tests |= {test for test in covering.seconds if _file(test) in about}
    in_order = sorted(tests, key=lambda test: (_file(test) not in about, covering.seconds[test], test))
    taken, seconds = [], 0.0
    for test in in_order:
        if seconds + covering.seconds[test] <= limit:
            seconds += covering.seconds[test]
            taken.append(test)
    taken = taken or sorted(tests, key=covering.seconds.__getitem__)[:1]
    return taken, at_import


def _about(module: str) -> list[str]:
    """Return the names of the files of tests about a module, the one named as it is in front."""
    own = Path(module).parent.name if Path(module).stem == "__init__" else Path(module).stem
    return list(dict.fromkeys([own, *TARGETS[_target(module)].laws]))


def _file(test: str) -> str:
    return Path(test.partition("::")[0]).stem.removeprefix("test_")


# --- the table --------------------------------------------------------------------------------------------------------


def _survivors(tried: Sequence[Tried]) -> list[Tried]:
    return [t for t in tried if t.fate.how == "survived"]


def _report(tried: Sequence[Tried], counts: Counter[str], explanations: dict[Key, str]) -> None:
    rows, verdicts = [], []
    for target, wanted in TARGETS.items():
        within = [t for t in tried if _target(t.module) == target]
        modules = [m for m in counts if _target(m) == target]
        for m in modules:
            rows.append(_row(m, counts[m], [t for t in within if t.module == m], explanations))
        if len(modules) > 1:
            rows.append(_row(f"{target}, in all", sum(counts[m] for m in modules), within, explanations))
        verdicts += [(f"percent of {target} killed", _percent(within), wanted.percent)] if modules else []
    show(
        "mutants",
        ["module", "mutants", "tried", "killed", "late", "survived", "explained", "percent", "of the rest"],
        rows,
    )
    print()
    for what, percent, at_least in verdicts:
        verdict(what, percent, at_least=at_least)
    for t in _survivors(tried):
        if t.key not in explanations:
            print(f"\n{t.module}:{t.mutant.first}: survived{', ' * bool(t.fate.by)}{t.fate.by}")
            print(indent(t.mutant.line, "  - "), indent(t.mutant.becomes, "  + "), sep="\n")


def _row(name: str, count: int, tried: Sequence[Tried], explanations: dict[Key, str]) -> list[str]:
    survived = _survivors(tried)
    explained = [t for t in survived if t.key in explanations]
    others = [t for t in tried if t not in explained]
    late = sum(t.fate.how == "out of time" for t in tried)
    numbers = [count, len(tried), len(tried) - len(survived), late, len(survived), len(explained)]
    return [name, *map(str, numbers), f"{_percent(tried):.1f}", f"{_percent(others):.1f}"]


def _percent(tried: Sequence[Tried]) -> float:
    return 100 * (1 - len(_survivors(tried)) / len(tried)) if tried else 100.0


if __name__ == "__main__":
    sys.exit(main())
