"""What is done again and again leaves nothing behind: no cycles of references, no memory, no open files."""

import tracemalloc
from collections.abc import Iterator

import pytest

from micrograd_plus import Value, scope
from micrograd_plus.compiler.compilation import compile
from tests.long_runs import FILES, RUNS, Left, left, tried

# Of the memory that Python holds, which is some 25 MB with all that is imported.
LARGEST_GROWTH = 0.006
# What may stay of a few steps: caches that fill.
NOISE, NOISE_OF_STEP = 60_000, 20  # bytes

pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="memory and open files are read from /proc")
SLOW_TO_BEGIN = {"program_of_many_sizes", "program_that_is_rebuilt", "new_shapes", "new_exponents"}


def require_nothing_left(found: Left) -> None:
    assert found.cycles == 0
    assert found.files[0] == found.files[1]


@pytest.mark.parametrize("name", [name for name in RUNS if name not in SLOW_TO_BEGIN])
def test_a_few_steps_leave_no_cycles_and_no_open_files(name: str) -> None:
    require_nothing_left(left(name, max(RUNS[name].few // 20, 3)))


@pytest.fixture(scope="module")
def _traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("_traced")
@pytest.mark.parametrize("name", RUNS)
def test_steps_leave_no_memory(name: str) -> None:
    beyond = beyond_noise(name)
    # Python's table of interned strings doubles when it is full, by some MB; what leaves memory does so again.
    assert beyond <= 0 or beyond_noise(name) <= 0, beyond


def beyond_noise(name: str) -> int:
    """Return how many bytes more than noise are left."""
    found = left(name, max(RUNS[name].few, 4))
    require_nothing_left(found)
    begin, end = found.memory
    return end - begin - NOISE - NOISE_OF_STEP * found.steps


@pytest.mark.slow
@pytest.mark.parametrize("name", ["values", "tensors", "program"])
def test_thousands_of_steps_leave_the_process_as_large_as_it_was(name: str) -> None:
    found = tried(name, 3 * RUNS[name].few)
    assert not found.failure
    require_nothing_left(found.found)
    assert found.found.growth < LARGEST_GROWTH
    assert found.found.resident_growth < LARGEST_GROWTH


# --- what is kept is bounded ------------------------------------------------------------------------------------------


def test_scopes_of_new_names_are_forgotten_and_old_ones_are_not() -> None:
    with scope("bounded") as outer:
        with scope("layer1") as first:
            pass
        for k in range(2000):
            with scope(f"step{k}"):
                pass
        assert outer.child("layer1") is first
        assert len(outer._children) <= 1024


def test_a_program_keeps_the_versions_of_its_last_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("micrograd_plus.compiler.program._MOST_SIZES", 3)
    w = Value(2.0, label="w")
    program = compile(lambda x: (w * x) ** 2, 1.0, batch=True)
    for size in (1, 2, 4, 8, 16, 8, 1):
        assert program([3.0] * size) == 36.0
        assert w.grad == 36.0
        assert len(program._versions) <= 3
