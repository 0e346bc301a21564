"""The same call on a Dask cluster of two worker processes, one of which is killed in the middle."""

import os
import signal
from pathlib import Path

import pytest

from arena.signals.lab.sweep import Progress, sweep
from tests.signals.lab.sweep.__main__ import COUNT, study


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_loses_nothing(tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    killed: list[int] = []
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
        local_directory=str(tmp_path / "dask"),
    ) as cluster:  # fmt: skip
        with Client(cluster.scheduler_address, set_as_default=False) as client:
            pids = list(client.run(os.getpid).values())
        assert len(pids) == 2

        def watch(progress: Progress) -> None:
            if progress.done > 0 and not killed:
                os.kill(pids[0], signal.SIGKILL)
                killed.append(pids[0])

        found = sweep(
            study(), tmp_path / "cluster", cluster=cluster.scheduler_address, progress=watch
        )
    assert killed
    assert found.height == COUNT
    assert found.equals(sweep(study(), tmp_path / "here", workers=1))
