"""What was measured, over several rounds, and the table that it makes."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median

OURS = "ours"


@dataclass
class Measurement:
    """One round of one program. What a work does not measure is None."""

    per_second: float | None = None
    """Requests, events … a second."""
    cpu_seconds: float | None = None
    """For one of them."""
    bytes_each: float | None = None
    """Memory for one of them."""
    peak_bytes: int | None = None
    """The most that the process had."""
    more: dict[str, object] = field(default_factory=dict)
    """Not in the table."""


@dataclass
class Result:
    """What one work gave: a row of the table, or several if there are several peers."""

    what: str
    unit: str
    """Of what it does: `request`."""
    rounds: dict[str, list[Measurement]]
    """By program; ours is called OURS."""
    note: str = ""
    """Stands with our figures."""

    def median(self, program: str, quantity: str) -> float | None:
        values = self.values(program, quantity)
        return median(values) if values else None

    def values(self, program: str, quantity: str) -> list[float]:
        measured = (getattr(measurement, quantity) for measurement in self.rounds.get(program, []))
        return [value for value in measured if value is not None]

    def ratio(self, peer: str, quantity: str) -> float | None:
        ours, theirs = self.median(OURS, quantity), self.median(peer, quantity)
        return ours / theirs if ours is not None and theirs else None

    @property
    def peers(self) -> list[str]:
        return [program for program in self.rounds if program != OURS]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def interleave(rounds: int, programs: dict[str, Callable[[], Measurement]]) -> dict[str, list[Measurement]]:
    """Ours, the peer, ours, the peer …: whatever else the machine does meanwhile is then spread over all of them."""
    measured: dict[str, list[Measurement]] = {program: [] for program in programs}
    for _ in range(rounds):
        for program, measure in programs.items():
            measured[program].append(measure())
    return measured


# --- The table ------------------------------------------------------------------------------------------------------


def table(results: list[Result]) -> list[str]:
    """Markdown. What compares with peers is there only if there is one."""
    has_peers = any(result.peers for result in results)
    header = ["Work", "Ours", "Peer", "Throughput", "CPU", "Memory"] if has_peers else ["Work", "Ours"]
    rows = [header, ["---"] * len(header)]
    for result in results:
        ours = [result.what, figures(result, OURS)]
        if not has_peers:
            rows.append(ours)
        for peer in result.peers or ([""] if has_peers else []):
            memory = result.ratio(peer, "bytes_each") or result.ratio(peer, "peak_bytes")
            ratios = [result.ratio(peer, "per_second"), result.ratio(peer, "cpu_seconds"), memory]
            rows.append([*ours, figures(result, peer), *("" if value is None else f"{value:.2f}" for value in ratios)])
            ours = ["", ""]
    return ["| " + " | ".join(row) + " |" for row in rows]


def figures(result: Result, program: str) -> str:
    """`118,000 requests/s (115,000–120,000), CPU 7.1 µs, 12 MB; a note`: the first figure has the spread."""
    if not result.rounds.get(program):
        return ""
    parts = []
    for quantity, form, text in (
        ("per_second", f"{{}} {result.unit}s/s", rounded),
        ("cpu_seconds", "CPU {}", duration),
        ("bytes_each", f"{{}} a {result.unit}", size),
        ("peak_bytes", "{}", size),
    ):
        if values := result.values(program, quantity):
            parts.append(form.format(text(median(values))) + ("" if parts else spread(values, text)))
    joined = ", ".join(parts)
    if program != OURS:
        return f"{program}: {joined}"
    return f"{joined}; {result.note}" if result.note else joined


def spread(values: list[float], text: Callable[[float], str]) -> str:
    ends = text(min(values)), text(max(values))
    return f" ({ends[0]}–{ends[1]})" if ends[0] != ends[1] else ""


def rounded(value: float) -> str:
    """To three digits: nobody can measure more here. 118,000; 94.2"""
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def duration(seconds: float) -> str:
    for unit, factor in (("ns", 1e9), ("µs", 1e6), ("ms", 1e3)):
        if seconds * factor < 1000:
            return f"{rounded(seconds * factor)} {unit}"
    return f"{rounded(seconds)} s"


def size(count: float) -> str:
    for unit, factor in (("bytes", 1), ("KB", 1e3), ("MB", 1e6)):
        if abs(count) < 1000 * factor:
            return f"{rounded(count / factor)} {unit}"
    return f"{rounded(count / 1e9)} GB"
