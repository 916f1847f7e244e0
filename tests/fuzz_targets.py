"""All that is fuzzed, by name: what draws an input, what takes it, and how it may be refused."""

from __future__ import annotations

from tests.fuzz_arrays import drawn_call, drawn_index, read_call, read_index
from tests.fuzz_commands import drawn_command, read_command
from tests.fuzz_files import (
    drawn_checkpoint,
    drawn_session,
    drawn_table,
    read_checkpoint,
    read_session,
    read_table,
)
from tests.fuzz_runs import drawn_journal, drawn_training, read_journal, read_training
from tests.fuzz_words import drawn_conversation, drawn_formula, read_conversation, read_formula
from tests.fuzzing import Refused, Target

TARGETS: dict[str, Target] = {
    "expression": Target(drawn_formula, read_formula, (ValueError,)),
    "table": Target(drawn_table, read_table, (ValueError,)),
    "session": Target(drawn_session, read_session, (ValueError,)),
    "checkpoint": Target(drawn_checkpoint, read_checkpoint, (ValueError,)),
    "training": Target(drawn_training, read_training, (Refused,)),
    "journal": Target(drawn_journal, read_journal, (Refused,)),
    "index": Target(drawn_index, read_index, (TypeError, ValueError, IndexError)),
    # More numbers than there is memory can be asked for: NumPy's own MemoryError is the answer.
    "function": Target(drawn_call, read_call, (TypeError, ValueError, IndexError, MemoryError)),
    "debugger": Target(drawn_conversation, read_conversation, (Refused,)),
    "command": Target(drawn_command, read_command, (Refused,)),
}
# Whole trainings and whole commands take a thousand times as long as others.
QUICK: tuple[str, ...] = tuple(name for name in TARGETS if name not in ("training", "command"))
