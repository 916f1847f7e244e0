"""`python -m benchmarks NAME`: run each part of a benchmark in a fresh process that has loaded nothing else."""

import os
import subprocess
import sys

from benchmarks.protocol import ONE_THREAD, installed, machine, use_one_core

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
    "trust": ["fuzzing"],
}
NEEDED = {
    "accuracy": ["scikit-learn"],
    "tensor": ["torch", "autograd", "scipy"],
    "trust": [],
}  # the others need micrograd


def main(arguments: list[str]) -> int:
    """Run the named benchmark, with further arguments for each of its parts; return the exit status."""
    if not arguments or arguments[0] not in PARTS:
        print(f"usage: python -m benchmarks {{{','.join(PARTS)}}} [ARGUMENT ...]", file=sys.stderr)
        return 2
    needed = NEEDED.get(arguments[0], ["micrograd"])
    if installed(*needed) != needed:
        print('the peers come with: pip install -e ".[bench]"', file=sys.stderr)
        return 2
    print(machine(), flush=True)
    use_one_core()
    for part in PARTS[arguments[0]]:
        subprocess.run(
            [sys.executable, "-m", f"benchmarks.{part}", *arguments[1:]], env=os.environ | ONE_THREAD, check=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
