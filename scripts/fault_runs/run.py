"""Lets the faults of a plan happen."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from .plan import ENGINE_AWAY_SECONDS, Fault
from .victims import Victim

SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_TICKS = 0.01


class Clock:
    """The seconds since it was made, but for those in which it stood still. May be used by several threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic):
        self.now, self.began = now, now()
        self.limits: dict[object, float] = {}
        self.lock = threading.Lock()

    def seconds(self) -> float:
        with self.lock:
            return self.unlocked_seconds()

    def unlocked_seconds(self) -> float:
        return min(self.now() - self.began, *self.limits.values(), float("inf"))

    @contextmanager
    def goes_on_for(self, seconds: float) -> Iterator[None]:
        """It stands still if the block takes longer than that, until the block ends."""
        block = object()
        with self.lock:
            self.limits[block] = self.unlocked_seconds() + seconds
        try:
            yield
        finally:
            with self.lock:
                self.began = self.now() - self.unlocked_seconds()
                del self.limits[block]


def carry_out(
    faults: Sequence[Fault], victims: Sequence[Victim], over: threading.Event, look: Callable[[int], None]
) -> None:
    """Returns when all faults have happened. `look` is called all the time, with how many have.

    Each victim has a thread, so that what happens to one may happen while another is still recovering. But while that
    takes longer than usual, the next ones are put off: or else, on a machine that is slow, they would find nothing
    that works.
    """
    clock = Clock()
    done: list[Fault] = []
    errors: list[Exception] = []

    def follow(victim: Victim) -> None:
        others = [other for other in victims if other is not victim]
        try:
            for fault in faults:
                if fault.victim != victim.name:
                    continue
                while clock.seconds() < fault.at and not over.is_set():
                    time.sleep(SECONDS_BETWEEN_TICKS)
                if over.is_set():
                    return
                with clock.goes_on_for(ENGINE_AWAY_SECONDS):
                    happen(fault, victim, others)
                done.append(fault)
        except Exception as error:  # Nobody else asks what has become of this thread.
            errors.append(error)

    threads = [threading.Thread(target=follow, args=(victim,)) for victim in victims]
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and not errors:
            look(len(done))
            time.sleep(SECONDS_BETWEEN_LOOKS)
        if errors:
            raise errors[0]
    except BaseException:
        over.set()
        raise
    finally:
        for thread in threads:
            thread.join()


def happen(fault: Fault, victim: Victim, others: Sequence[Victim]) -> None:
    if fault.action == "freeze":
        return victim.freeze(fault.seconds)
    freezes = []
    for other in others if fault.seconds else []:
        is_frozen = threading.Event()
        freezes.append(threading.Thread(target=other.freeze, args=(fault.seconds, is_frozen)))
        freezes[-1].start()
        # Until whatever else is happening to it is over.
        is_frozen.wait(fault.seconds)
    {"kill": victim.kill, "stop": victim.stop}[fault.action]()
    for freeze in freezes:
        freeze.join()
