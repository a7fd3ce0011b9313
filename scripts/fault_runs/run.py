"""Lets the faults of a plan happen."""

import threading
import time
from collections.abc import Callable, Sequence

from .plan import Fault
from .victims import Victim

SECONDS_BETWEEN_LOOKS = 0.2


def carry_out(
    faults: Sequence[Fault], victims: Sequence[Victim], over: threading.Event, look: Callable[[int], None]
) -> None:
    """Returns when all faults have happened. `look` is called all the time, with how many have.

    Each victim has a thread, so that what happens to one may happen while another is still recovering. A fault whose
    time comes while its victim is busy follows then.
    """
    began = time.monotonic()
    done: list[Fault] = []
    errors: list[Exception] = []

    def follow(victim: Victim) -> None:
        others = [other for other in victims if other is not victim]
        try:
            for fault in faults:
                if fault.victim == victim.name and not over.wait(max(0, began + fault.at - time.monotonic())):
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
