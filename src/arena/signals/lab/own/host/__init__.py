"""Hosts strategies of others, each run in a process that can do nothing but compute."""

from arena.signals.lab.own.host.host import Host
from arena.signals.lab.own.host.hosted import Hosted
from arena.signals.lab.own.host.run import hosted_run, try_hosting

__all__ = ["Host", "Hosted", "hosted_run", "try_hosting"]
