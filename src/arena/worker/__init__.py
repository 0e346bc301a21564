"""The worker: plays the tape, runs what follows from facts, and the jobs that are due."""

from arena.worker.jobs import Job
from arena.worker.player import Player
from arena.worker.reactor import Reactor
from arena.worker.work import work

__all__ = ["Job", "Player", "Reactor", "work"]
