"""What is measured, how often, and with which programs."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmark.results import Result


@dataclass
class Settings:
    scratch: Path
    """A folder that is gone afterwards."""
    rounds: int = 5
    seconds: int = 3
    """Of one load."""
    events: int = 1_000_000
    idle_connections: int = 10_000
    users: int = 1_000_000
    cassandra_seconds: int = 60
    """How long it is followed what the program with Cassandra behind it takes."""
    first_port: int = 27_500
    """Where to look for a free one: below those that the system gives to clients."""
    peer: str = ""
    """The program in Go, if there is one."""
    bare_epoll: str = ""
    cassandra: str = ""
    """Its address, if there is one: host:port."""
    ours: str = ""
    simulator: str = ""
    benchmarks: str = ""

    @property
    def cores(self) -> int:
        return len(os.sched_getaffinity(0))


@dataclass
class Work:
    run: Callable[[Settings], Result]
    needs: tuple[str, ...]
    """`wrk`, `cassandra`, or one of the programs of Settings that are built here."""
