"""What a case is, and how one is judged."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Callable

from .client import Answers, Client, Malformed, Response, Target

# After the bytes of each case comes this request. It is answered only if the server kept the connection and found the
# end of the case's request at the right place: in the tables, S is its answer. Where a case must be refused it is the
# hidden request of an attacker, which must not be answered.
SENTINEL = b"GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
SENTINEL_STATUS = "404"

# Outcomes are statuses in the order of their coming, and then the connection ends. `|` separates alternatives, x is any
# digit, - means that the connection ends without an answer.
BAD = "400"
KEPT_BAD = "400 | 400 S"  # Where RFC 9112 wants a 400 and leaves open whether the connection goes on.
NOT_SERVED = "4xx | 4xx S | 3xx | 3xx S | 501 | 501 S | 505 | 505 S | -"
ANY = "2xx | 2xx S | " + NOT_SERVED


class Failure(Exception):
    """What is wrong, in words."""


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Failure(what)


@dataclass(frozen=True)
class Case:
    """Bytes to send and the outcomes that are right, or a function that does something less simple.

    `allowed` is what the RFC leaves to a server; `ours` which of these this repository's server has chosen, if it could
    choose. `only_ours` marks what no RFC asks for: limits, deadlines, the form of errors.
    """

    name: str
    rfc: str
    send: bytes = b""
    allowed: str = ""
    ours: str = ""
    check: Callable[[Target], None] | None = None
    only_ours: bool = False
    full: bool = False  # only at the level full
    then: bytes = SENTINEL
    half_close: bool = False
    heads: frozenset[int] | None = frozenset()  # which answers are to HEAD

    def __post_init__(self) -> None:
        for outcome in self.ours.split("|") if self.ours and not self.only_ours else []:
            assert matches(outcome.strip().replace("S", SENTINEL_STATUS), self.allowed), f"{self.name}: {outcome}"

    def expected(self, profile: str) -> str:
        return self.ours if self.ours and profile == "ours" else self.allowed


def matches(outcome: str, expected: str) -> bool:
    for alternative in expected.split("|"):
        pattern = alternative.strip().replace("S", SENTINEL_STATUS).replace("x", r"[\dx]")
        if re.fullmatch(pattern, outcome):
            return True
    return False


def run(case: Case, target: Target, profile: str) -> str | None:
    """None if the server did right, else what it did."""
    try:
        if case.check:
            case.check(target)
            return None
        with Client(target) as client:
            client.send(case.send + case.then)
            if case.half_close:
                client.half_close()
            answers = client.read_answers(case.heads)
        judge(answers, case.expected(profile), profile, announces_close=not case.half_close)
    except (Failure, Malformed) as problem:
        return str(problem)
    except OSError as error:
        return f"{type(error).__name__}: {error}"
    return None


def judge(answers: Answers, expected: str, profile: str, announces_close: bool = True) -> None:
    outcome = " ".join(str(response.status) for response in answers.responses) or "-"
    # RFC 9112 §9.6 only advises against a reset. Ours lets the client read the last answer.
    is_right_end = answers.end == "closed" or answers.end == "reset" and profile != "ours"
    if not is_right_end or not matches(outcome, expected):
        hidden = outcome.endswith(" " + SENTINEL_STATUS) and "S" not in expected
        raise Failure(f"{answers}{': the hidden request was answered' if hidden else ''}")
    if profile == "ours":
        for response in answers.responses:
            check_contract(response)
        if announces_close and answers.responses:
            expect(answers.responses[-1].closes, f"{answers}, without Connection: close in the last")


DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT")


def check_contract(response: Response) -> None:
    """What this repository promises of each of its answers, whatever the request was."""
    dates = response.values("date")
    expect(len(dates) == 1 and bool(DATE.fullmatch(dates[0])), f"{response.status} with Date {dates}")
    expect(response.version == "1.1", f"an answer in HTTP/{response.version}")
    expect(response.framing != "close", f"{response.status} without a length")
    if response.status < 400 or response.framing == "none":
        return
    expect(response.values("content-type") == ["application/problem+json"], f"{response.status} is not a problem")
    try:
        problem = json.loads(response.body)
    except ValueError:
        raise Failure(f"{response.status} with {response.body[:60]!r}, which is not JSON") from None
    expect(problem.get("status") == response.status, f"{response.status} says it is {problem.get('status')}")
    expect(bool(problem.get("type") and problem.get("title") and problem.get("detail")), "a member is missing")


# --- Bytes that most cases are made of ------------------------------------------------------------------------------

CHUNKED = b"Transfer-Encoding: chunked\r\n"


def get(fields: bytes = b"", line: bytes = b"GET /status HTTP/1.1") -> bytes:
    """A request without a body. Each field brings its own line end."""
    return line + b"\r\nHost: a\r\n" + fields + b"\r\n"


def post(fields: bytes, body: bytes = b"") -> bytes:
    return b"POST /status HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n" + body


def chunks(body: bytes) -> bytes:
    """A POST with these bytes as its chunked body."""
    return post(CHUNKED, body)


def with_target(target: bytes, fields: bytes = b"") -> bytes:
    return get(fields, b"GET " + target + b" HTTP/1.1")
