"""What goes wrong when: random, but the same for the same seed."""

from dataclasses import dataclass
from random import Random

# Some freezes are longer than the deadlines of whoever waits for the frozen one.
LONG_FREEZE_SECONDS = (6.0, 15.0)
SHORT_FREEZE_SECONDS = (0.05, 3.0)
# A program that is killed again within this time has not finished loading what it had stored.
AGAIN_SECONDS = (0.05, 2.0)
# How long an engine takes from a kill until it answers again, about.
ENGINE_AWAY_SECONDS = 6.0


@dataclass(frozen=True, order=True)
class Fault:
    """`action` happens to `victim`, `at` so many seconds after the start."""

    at: float
    victim: str
    action: str
    """`kill` (SIGKILL, started again at once), `stop` (SIGTERM, the same) or `freeze` (SIGSTOP and SIGCONT)."""
    seconds: float = 0
    """How long a freeze lasts; of another action: how long the other victims are frozen, from just before it."""

    def __str__(self) -> str:
        if self.action == "freeze":
            return f"freeze {self.victim} for {self.seconds:.1f} s"
        others = f", the others frozen for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.action} {self.victim}{others}"


def plan(
    random: Random, seconds: float, program: str, engine: str, *,
    kills: int, stops: int, engine_kills: int, freezes: int,
) -> list[Fault]:
    """So many faults within so many seconds, in the order of their times.

    A third of the engine's kills find the program frozen. Of the program's kills a quarter follows another at once, and
    another quarter comes while the engine is away; all others, and everything else, comes at any time.
    """

    def time() -> float:
        return random.uniform(0.03, 0.97) * seconds

    def duration() -> float:
        # In a run that is short, freezes are short too.
        longest = seconds / 4
        return min(longest, random.uniform(*(LONG_FREEZE_SECONDS if random.random() < 0.2 else SHORT_FREEZE_SECONDS)))

    engine_times = [time() for _ in range(engine_kills)]
    faults = [
        Fault(at, engine, "kill", duration() if number % 3 == 1 else 0) for number, at in enumerate(engine_times)
    ]
    times: list[float] = []
    for number in range(kills):
        if number % 4 == 3:
            times.append(times[-1] + random.uniform(*AGAIN_SECONDS))
        elif number % 4 == 1 and engine_times:
            times.append(random.choice(engine_times) + random.uniform(0, ENGINE_AWAY_SECONDS))
        else:
            times.append(time())
    faults += [Fault(at, program, "kill") for at in times]
    faults += [Fault(time(), program, "stop") for _ in range(stops)]
    faults += [Fault(time(), (program, engine)[number % 2], "freeze", duration()) for number in range(freezes)]
    return sorted(faults)
