"""Who does the work: this process, one for each core, or a cluster's workers."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from arena.signals.lab.strategy import Strategy
from arena.signals.lab.sweep.model import NoCluster

if TYPE_CHECKING:
    from arena.signals.lab.sweep.bench import Task, Tried

CONNECT_TIMEOUT_S = 10
_DASK = ("tcp://", "tls://", "ws://", "wss://", "ucx://")


def cores() -> int:
    """How many this process may use."""
    return int(import_module("joblib").cpu_count())


def work(
    tasks: Iterable["Task"], strategy: Strategy, *, workers: int | None, cluster: str | None
) -> Iterator["Tried"]:
    """What came of each task, in the order in which they end. `workers` None: all cores, or the cluster's. Raises
    NoCluster."""
    from arena.signals.lab.sweep.bench import try_chunk

    count = workers or (-1 if cluster else cores())
    if count == 1 and cluster is None:
        yield from (try_chunk(task, strategy) for task in tasks)
        return
    joblib = import_module("joblib")
    with _backend(cluster):
        parallel = joblib.Parallel(
            n_jobs=count, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs"
        )
        with closing(parallel(joblib.delayed(try_chunk)(task, strategy) for task in tasks)) as done:
            yield from done


def _backend(cluster: str | None) -> AbstractContextManager[Any]:
    if cluster is None:
        here: AbstractContextManager[Any] = import_module("joblib").parallel_config(backend="loky")
        return here
    if cluster.startswith(_DASK):
        return _dask(cluster)
    if cluster.startswith("ray://"):
        return _ray(cluster)
    raise NoCluster(
        address=cluster, why=f"its address begins with none of {', '.join(_DASK)}, ray://"
    )


@contextmanager
def _dask(address: str) -> Iterator[None]:
    joblib = import_module("joblib")
    try:
        client_of = import_module("distributed").Client
    except ImportError:
        raise NoCluster(
            address=address, why="Dask is not installed here (pip install distributed)"
        ) from None
    try:
        client = client_of(address, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as refused:
        raise NoCluster(address=address, why=str(refused) or "nobody answers there") from refused
    with client, joblib.parallel_config(backend="dask", client=client):
        yield


@contextmanager
def _ray(address: str) -> Iterator[None]:
    joblib = import_module("joblib")
    try:
        ray = import_module("ray")
        register_ray = import_module("ray.util.joblib").register_ray
    except ImportError:
        raise NoCluster(
            address=address, why="Ray is not installed here (pip install ray)"
        ) from None
    try:
        ray.init(address)
    except (OSError, TimeoutError, ValueError) as refused:
        raise NoCluster(address=address, why=str(refused)) from refused
    register_ray()
    try:
        with joblib.parallel_config(backend="ray"):
            yield
    finally:
        ray.shutdown()
