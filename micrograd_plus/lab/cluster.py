"""A Dask cluster that a sweep runs on: connected to, looked at, and quiet."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from micrograd_plus.lab.sweep import SweepError

_ADDRESS = r"((tcp|tls)://)?(\[[^\]\s]+\]|[^/:\s]+):\d{1,5}"
PATIENCE = 5.0  # seconds until a scheduler that does not answer is given up


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Give a `distributed.Client` of the scheduler at `address`, such as "tcp://127.0.0.1:8786".

    Raises `SweepError` where that is no address, Dask is not installed, no scheduler answers, or it has no worker with
    this library.
    """
    if not re.fullmatch(_ADDRESS, address):  # a client made with one takes its time, and ends with a traceback
        raise SweepError(f"the address of a Dask scheduler is one such as tcp://HOST:PORT, not {address!r}")
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise SweepError('a cluster needs Dask: pip install "micrograd-plus[sweep]"') from error
    with _quiet():
        try:
            client: Any = distributed.Client(address, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]  # it has no types
        except (OSError, ValueError) as error:
            raise SweepError(f"no Dask scheduler answers at {address}") from error
        with client:
            _look_at_workers(client, address)
            yield client


def _look_at_workers(client: Any, address: str) -> None:
    """Raise `SweepError` unless there are workers that can do a run: joblib would wait for others for ever."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise SweepError(f"the Dask scheduler at {address} has no workers") from error
    try:
        client.run(is_ready)
    except Exception as error:  # whatever the worker says
        raise SweepError(f"a worker of {address} cannot load micrograd_plus ({error}): install it there") from error


def is_ready() -> bool:
    """Tell that this library is there: a worker can only do so if it is."""
    return True


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log and its warnings, of connections and of other versions, off the terminal."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="distributed")
            # joblib 1.5 says so of its own Dask backend.
            warnings.filterwarnings("ignore", "`apply_async` is deprecated", DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)
