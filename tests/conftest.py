"""Settings that all tests share."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

# The same examples on every machine and every run; no deadline, because a busy machine is not a failure.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


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
