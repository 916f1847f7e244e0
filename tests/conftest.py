"""Settings that all tests share."""

import gc
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.browser import started

# The same examples on every machine and every run; nothing that a busy machine would fail.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("suite")
# For other versions of what the suite has run with already: `pytest --hypothesis-profile brief`.
settings.register_profile("brief", max_examples=10)

# All modules are looked through for doctests, but for those that need what only some extras bring.
_NEEDED = {"mutations.py": "cosmic_ray", "notebook_run.py": "nbclient"}
collect_ignore = [module for module, needed in _NEEDED.items() if not importlib.util.find_spec(needed)]

# As many tests as cores run at once: threads of BLAS would wait for each other, also in the processes that tests start.
# An example of small matrices takes 27 seconds with two such threads, and 7 with one. NumPy is not loaded yet.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# A shell starts what runs in its background deaf to Ctrl-C, and so would all be that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def _own_rows_alone() -> Iterator[None]:
    """Take out of the tables what a test adds: other tests go through all of them."""
    from micrograd_plus.own_rows import ARRAY_TABLE, TABLE, remove

    before = {*TABLE, *ARRAY_TABLE}
    yield
    for name in {*TABLE, *ARRAY_TABLE} - before:
        remove(name)


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """Switch the cyclic collector off: only reference counts free memory then.

    What lives already is set aside, so that `gc.collect` and `gc.get_objects` see what the test makes, at once.
    """
    gc.disable()
    gc.freeze()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a new folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium, once for all tests of a module."""
    with started() as browser:
        yield browser


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or subprocess.run(command, check=False, capture_output=True).returncode
    ):
        pytest.skip("only root of Linux mounts a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)
