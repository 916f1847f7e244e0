"""Sweeps on a Dask cluster over TCP: the same results as here, also when a worker is killed; failures in a line."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from micrograd_plus import data
from micrograd_plus.lab.cluster import connected
from micrograd_plus.lab.grid import Grid
from micrograd_plus.lab.sweep import SweepError, data_by_seed, train_all, train_run
from tests.waiting import wait_until

SEEDS = range(10)
POINTS = Grid({"lr": [0.1, 1e300], "seed": SEEDS}, {"hidden": (4,), "epochs": 60}).points()
DATASETS = data_by_seed("moons", data.load("moons"), SEEDS)


def alone(address: str) -> None:
    with connected(address):
        pass


def test_no_scheduler_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("micrograd_plus.lab.cluster.PATIENCE", 0.5)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # and nobody else can
        address = f"tcp://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(SweepError, match=f"no Dask scheduler answers at {address}"):
            alone(address)


@pytest.mark.parametrize("address", ["nowhere", "http://127.0.0.1:80", "tcp://::1:80"])
def test_what_is_no_address_is_said_in_one_line(address: str) -> None:
    with pytest.raises(SweepError, match=f"one such as tcp://HOST:PORT, not '{address}'"):
        alone(address)


def test_a_missing_extra_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SweepError, match=r'pip install "micrograd-plus\[sweep\]"'):
        alone("tcp://127.0.0.1:1")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        processes=True, n_workers=2, threads_per_worker=1, protocol="tcp://", dashboard_address=":0"
    ) as cluster:
        yield cluster


@pytest.mark.slow
def test_a_cluster_gives_what_this_process_gives(cluster: Any) -> None:
    with connected(cluster.scheduler_address) as client:
        runs = {trained.run.settings: trained for trained in train_all(POINTS, DATASETS, client=client)}
    assert runs.keys() == set(POINTS)
    for point in POINTS:
        run, classifier = train_run(DATASETS[point.seed], point)
        assert runs[point].run == run
        if classifier is not None:
            X = DATASETS[point.seed].X
            assert runs[point].classifier.scores(X).tobytes() == classifier.scores(X).tobytes()


@pytest.mark.slow
def test_a_sweep_completes_when_a_worker_is_killed(cluster: Any) -> None:
    runs = {}
    with connected(cluster.scheduler_address) as client:
        for number, trained in enumerate(train_all(POINTS, DATASETS, client=client)):
            runs[trained.run.settings] = trained.run
            if number == 3:
                address, victim = next(iter(client.run(os.getpid).items()))
                os.kill(victim, signal.SIGKILL)
        wait_until(lambda: address not in client.scheduler_info()["workers"])
    assert runs == {point: train_run(DATASETS[point.seed], point).run for point in POINTS}


@pytest.mark.slow
def test_a_scheduler_without_workers_is_said_in_one_line() -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=0, protocol="tcp://", dashboard_address=":0") as cluster,
        pytest.raises(SweepError, match="has no workers"),
    ):
        alone(cluster.scheduler_address)
