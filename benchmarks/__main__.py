"""`python -m benchmarks NAME`: run each part of a benchmark in a fresh process that has loaded nothing else.

NAME may be that of one part, which then takes arguments of its own: `python -m benchmarks fuzzing --inputs 1000`.
`python -m benchmarks trust --keep` keeps what is printed and writes docs/trust.md anew; what takes a part of a day may
be run and kept piece by piece: `python -m benchmarks fuzzing table --keep=tables`.
"""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from benchmarks.protocol import ONE_THREAD, computer, installed, machine, use_one_core

PARTS = {
    "moons": ["scalar_step", "scalar_nodes", "array_step", "import_time"],
    "viz": ["drawing_time", "drawing_memory", "player_speed"],
    "debugger": ["debugger_speed"],
    "compile": [
        "compile_moons",
        "compile_digits",
        "compile_mnist",
        "compile_scalar_mnist",
        "compile_gpt",
        "compile_time",
    ],
    "tensor": [
        "tensor_elementwise",
        "tensor_reductions",
        "tensor_mlp",
        "tensor_attention",
        "tensor_layers",
        "tensor_conv",
    ],
    "accuracy": ["accuracy", "cold_training", "sweep_cores"],
    "trust": ["broken", "rounding", "mutants", "fuzzing", "kills", "long_runs", "huge_graphs", "coverage"],
}
NEEDED = {
    "accuracy": ["scikit-learn"],
    "tensor": ["torch", "autograd", "scipy"],
    "trust": [],
}  # the others need micrograd


KEPT = Path(__file__).parents[1] / "docs" / "trust"  # what the parts of "trust" printed, for docs/write_trust.py


def main(arguments: list[str]) -> int:
    """Run the named benchmark, or one part of it, with further arguments for each part; return the exit status."""
    parts = PARTS.get(arguments[0], [arguments[0]]) if arguments else []
    benchmark = next((name for name in PARTS if parts and set(parts) <= set(PARTS[name])), None)
    if benchmark is None:
        print(f"usage: python -m benchmarks {{{','.join(PARTS)}}}, or a part of one [ARGUMENT ...]", file=sys.stderr)
        return 2
    needed = NEEDED.get(benchmark, ["micrograd"])
    if installed(*needed) != needed:
        print('the peers come with: pip install -e ".[bench]"', file=sys.stderr)
        return 2
    if benchmark == "trust":
        state = commit()  # before pages of it change
        return max(trust(part, arguments[1:], state) for part in parts)
    print(machine(), flush=True)
    use_one_core()
    for part in parts:
        subprocess.run(command(part, arguments[1:]), env=os.environ | ONE_THREAD, check=True)
    return 0


def command(part: str, arguments: list[str]) -> list[str]:
    """Return what runs a part in a process of its own."""
    return [sys.executable, "-m", f"benchmarks.{part}", *arguments]


def trust(part: str, arguments: list[str], state: str) -> int:
    """Run a part of "trust", which measures no time, on all cores; with --keep or --keep=PIECE, keep what it prints."""
    keep = [word for word in arguments if word.partition("=")[0] == "--keep"]
    words = command(part, [word for word in arguments if word not in keep])
    print(head := f"{date.today()}, {state}, {computer()}", flush=True)
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=os.environ | ONE_THREAD, text=True) as run:
        assert run.stdout is not None
        printed = [head + "\n"]
        for line in run.stdout:
            print(line, end="", flush=True)
            printed.append(line)
    for word in keep if run.returncode != 2 else []:  # arguments that were not understood
        KEPT.mkdir(exist_ok=True)
        name = word.replace("--keep", part).replace("=", "-")
        (KEPT / f"{name}.txt").write_text("".join(printed), encoding="utf-8")
        subprocess.run([sys.executable, str(KEPT.parent / "write_trust.py")], check=True)  # which a test compares
    return run.returncode


def commit() -> str:
    """Return which state of the tree is measured."""
    words = ["git", "describe", "--always", "--dirty=, changed"]
    found = subprocess.run(words, cwd=KEPT.parent, capture_output=True, text=True)
    return f"commit {found.stdout.strip()}" if found.returncode == 0 else "no repository"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
