"""Expectations, and how connections are kept and closed (RFC 9110 §10.1.1, RFC 9112 §9)."""

from __future__ import annotations

from .case import BAD, CHUNKED, SENTINEL, Case, Failure, check_contract, expect, get, judge, post
from .client import Client, Response, Target

OLD = b"GET /status HTTP/1.0\r\n"
CONTINUE = b"Expect: 100-continue\r\n"
FIVE = b"Content-Length: 5\r\n"


def ask(target: Target, request: bytes, answers_head: bool = False) -> Response:
    with Client(target) as client:
        client.send(request)
        response = client.read_response(answers_head)
        if response is None:
            raise Failure("no answer")
        return response


def last(fields: bytes = b"", line: bytes = b"GET /status HTTP/1.1") -> bytes:
    return get(fields + b"Connection: close\r\n", line)


# --- Expectations ---------------------------------------------------------------------------------------------------


def continue_is_said(target: Target, fields: bytes, body: bytes) -> None:
    with Client(target) as client:
        client.send(post(CONTINUE + fields))
        first = client.read_response()
        # The final answer at once is right too (RFC 9110 §10.1.1), and then the body need not come.
        expect(first is not None and first.status in (100, 405), f"{first and first.status} before the body")
        if first.status == 100:
            client.send(body + SENTINEL)
            judge(client.read_answers(), "405 S", "rfc")


def continue_comes_in_turn(target: Target) -> None:
    with Client(target) as client:
        client.send(get() + post(CONTINUE + FIVE))
        statuses = [response and response.status for response in (client.read_response(), client.read_response())]
        expect(statuses in ([200, 100], [200, 405]), f"{statuses} instead of 200 100")
        if statuses == [200, 100]:
            client.send(b"hello" + SENTINEL)
            judge(client.read_answers(), "405 S", "rfc")


def continue_is_not_said(target: Target, request: bytes, expected: str) -> None:
    with Client(target) as client:
        client.send(request + SENTINEL)
        answers = client.read_answers()
        expect(answers.interim == 0, "100 Continue to a client that does not wait for it")
        judge(answers, expected, "rfc")


def error_instead_of_continue(target: Target) -> None:
    response = ask(target, post(CONTINUE + b"Content-Length: 2000000\r\n"))
    expect(response.status == 413 and response.closes, f"{response.status} instead of 413 with Connection: close")


EXPECTATIONS = [
    Case("100 Continue comes before the body", "9110 §10.1.1", check=lambda at: continue_is_said(at, FIVE, b"hello")),
    Case("100 Continue before a chunked body", "9110 §10.1.1",
         check=lambda at: continue_is_said(at, CHUNKED, b"5\r\nhello\r\n0\r\n\r\n")),
    Case("100 Continue comes after the answers before it", "9110 §10.1.1", check=continue_comes_in_turn),
    Case("no 100 Continue when the body is there", "9110 §10.1.1",
         check=lambda at: continue_is_not_said(at, post(CONTINUE + FIVE, b"hello"), "405 S | 405")),
    Case("no 100 Continue when there is no body", "9110 §10.1.1",
         check=lambda at: continue_is_not_said(at, get(CONTINUE), "200 S")),
    Case("no 100 Continue in HTTP/1.0", "9110 §10.1.1", check=lambda at: continue_is_not_said(
        at, b"POST /status HTTP/1.0\r\nHost: a\r\n" + CONTINUE + FIVE + b"\r\nhello", "405")),
    Case("an error instead of 100 Continue", "9110 §10.1.1", check=error_instead_of_continue, only_ours=True),
    Case("the expectation in capitals", "9110 §10.1.1", post(b"EXPECT: 100-CONTINUE\r\n" + FIVE, b"hello"),
         "405 S | 405", "405 S"),
    *[Case(f"an expectation that nobody knows: {value.decode()}", "9110 §10.1.1", get(b"Expect: " + value + b"\r\n"),
           "200 S | 417 | 417 S", "417")
      for value in (b"x", b"100", b"100-continue, x", b"x 100-continue", b"100-continue;q=1", b"200-ok")],
    Case("an expectation that nobody knows, and a body", "9110 §10.1.1", post(b"Expect: x\r\n" + FIVE, b"hello"),
         "405 S | 405 | 417 | 417 S", "417"),
]

# --- Upgrades -------------------------------------------------------------------------------------------------------

UPGRADES = [
    Case("an upgrade to h2c is ignored", "9110 §7.8",
         get(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), "200 S"),
    Case("an upgrade to WebSocket is ignored", "9110 §7.8",
         get(b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), "200 S | 4xx S", "200 S"),
    Case("an upgrade to TLS is ignored", "9110 §7.8", get(b"Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n"), "200 S"),
    Case("an upgrade with a body", "9110 §7.8", post(b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + FIVE, b"hello"),
         "405 S"),
    Case("an upgrade that Connection does not name", "9110 §7.8", get(b"Upgrade: h2c\r\n"), "200 S"),
]

# --- Keeping and closing --------------------------------------------------------------------------------------------

KEEPING = [
    Case("connections are kept", "9112 §9.3", get(), "200 S"),
    *[Case(f"Connection: {value.decode()} closes", "9112 §9.6", get(b"Connection: " + value + b"\r\n"), "200")
      for value in (b"close", b"Close", b"CLOSE", b"keep-alive, close", b"close, keep-alive", b"x,close",
                    b"x ,\tclose ,y", b",close", b"close,,")],
    Case("two Connection fields, one says close", "9112 §9.6", get(b"Connection: keep-alive\r\nConnection: close\r\n"),
         "200"),
    *[Case(f"Connection: {value.decode()} does not close", "9112 §9.3", get(b"Connection: " + value + b"\r\n"), "200 S")
      for value in (b"keep-alive", b"Keep-Alive", b"x", b"", b",", b"closed", b"x-close", b"Host, X", b"close-not")],
    Case("another field that says close", "9112 §9.6", get(b"Proxy-Connection: close\r\nX-Connection: close\r\n"),
         "200 S"),
    Case("HTTP/1.0 closes", "9112 §9.3", OLD + b"Host: a\r\n\r\n", "200"),
    Case("HTTP/1.0 with keep-alive", "9112 §9.3", OLD + b"Host: a\r\nConnection: keep-alive\r\n\r\n", "200 | 200 S",
         "200 S"),
    Case("HTTP/1.0 with Keep-Alive in capitals", "9112 §9.3", OLD + b"Connection: KEEP-ALIVE\r\n\r\n", "200 | 200 S",
         "200 S"),
    Case("HTTP/1.0 with keep-alive and close", "9112 §9.3", OLD + b"Connection: keep-alive, close\r\n\r\n", "200"),
    Case("HTTP/1.0 with a body", "9112 §6.3", b"POST /status HTTP/1.0\r\n" + FIVE + b"\r\nhello", "405"),
    Case("an error does not close", "9112 §9.3", get(line=b"GET /nowhere HTTP/1.1"), "404 S"),
    Case("POST and close", "9112 §9.6", post(b"Connection: close\r\n" + FIVE, b"hello"), "405"),
]


def a_hundred_answers(target: Target) -> None:
    """Every seventh is a HEAD, every fifth goes nowhere: the order can be seen in the answers."""
    kinds = [("HEAD", 200) if n % 7 == 0 else ("GET", 404) if n % 5 == 0 else ("GET", 200) for n in range(1, 101)]
    paths = {200: "/status", 404: "/nowhere"}
    requests = b"".join(get(line=f"{method} {paths[status]} HTTP/1.1".encode()) for method, status in kinds)
    with Client(target) as client:
        client.send(requests + SENTINEL)
        answers = client.read_answers(frozenset(n for n, (method, _) in enumerate(kinds) if method == "HEAD"))
    expected = [status for _, status in kinds] + [404]
    expect([response.status for response in answers.responses] == expected,
           f"{len(answers.responses)} answers: {answers}")


def pipeline_then_half_close(target: Target) -> None:
    with Client(target) as client:
        client.send(get() * 100)
        client.half_close()
        judge(client.read_answers(), " ".join(["200"] * 100), "rfc")


def answers_one_by_one(target: Target) -> None:
    with Client(target) as client:
        for n in range(100):
            client.send(get())
            response = client.read_response()
            expect(response is not None and response.status == 200, f"request {n + 1} got {response}")


PIPELINES = [
    Case("100 requests in one write", "9112 §9.3.2", check=a_hundred_answers),
    Case("100 requests, then half a close", "9112 §9.6", check=pipeline_then_half_close),
    Case("100 requests one after the other", "9112 §9.3", check=answers_one_by_one),
    Case("an error in the middle of a pipeline", "9112 §9.3.2", get() * 3 + get(b"X : a\r\n") + get() * 3,
         "200 200 200 400 | 200 200 200 400 200 200 200 S", "200 200 200 400"),
    Case("a smuggler in the middle of a pipeline", "9112 §6.1",
         get() * 2 + post(b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n") + get(), "200 200 400 | 200 200 405",
         "200 200 400"),
    Case("bodies in a pipeline", "9112 §6.3", post(FIVE, b"hello") + post(CHUNKED, b"5\r\nhello\r\n0\r\n\r\n") + get(),
         "405 405 200 S"),
    Case("nothing is answered after a close", "9112 §9.6", last() + get() * 5, "200"),
    Case("garbage after a close", "9112 §9.6", last() + b"\x00\xff" * 1000, "200"),
    Case("one request, then half a close", "9112 §9.6", get(), "200", then=b"", half_close=True),
    Case("half a request, then half a close", "9112 §8", b"GET /status HT", "400 | - | 408", BAD, then=b"",
         half_close=True),
    Case("half a head, then half a close", "9112 §8", b"GET /status HTTP/1.1\r\nHost: a\r\n", "400 | - | 408", BAD,
         then=b"", half_close=True),
    Case("a request and a half, then half a close", "9112 §8", get() + b"GET", "200 400 | 200", "200 400", then=b"",
         half_close=True),
    Case("nothing, then half a close", "9112 §9.6", b"", "- | 400", "-", then=b"", half_close=True),
    Case("only an empty line, then half a close", "9112 §2.2", b"\r\n", "- | 400", then=b"", half_close=True),
]

# --- What answers look like -----------------------------------------------------------------------------------------


def head_is_get_without_the_body(target: Target) -> None:
    of_get, of_head = ask(target, last()), ask(target, last(line=b"HEAD /status HTTP/1.1"), answers_head=True)
    length = str(len(of_get.body))
    expect(of_head.status == 200 and of_head.values("content-length") in ([length], []),
           f"HEAD: {of_head.status}, Content-Length {of_head.values('content-length')}; GET has {length} bytes")


def nothing_follows_a_head(target: Target, line: bytes) -> None:
    with Client(target) as client:
        client.send(last(line=line))
        data = client.read_to_end()
    expect(data.endswith(b"\r\n\r\n") and data.count(b"\r\n\r\n") == 1, f"the answer ends in {data[-40:]!r}")


def allow_is_told(target: Target) -> None:
    response = ask(target, post(b"Connection: close\r\n"))
    allowed = {method.strip() for value in response.values("allow") for method in value.split(",")}
    expect(response.status == 405 and "GET" in allowed, f"{response.status} with Allow {response.values('allow')}")


def date_is_told(target: Target, request: bytes) -> None:
    response = ask(target, request)
    expect(len(response.values("date")) == 1, f"{response.status} with Date {response.values('date')}")


def contract_is_kept(target: Target, request: bytes, status: int) -> None:
    response = ask(target, request)
    expect(response.status == status, f"{response.status} instead of {status}")
    check_contract(response)


ERRORS = [(400, get(b"X : a\r\n")), (404, last(line=b"GET /nowhere HTTP/1.1")), (405, post(b"Connection: close\r\n")),
          (413, post(b"Content-Length: 2000000\r\n")), (414, b"GET /" + b"a" * 9000), (417, get(b"Expect: x\r\n")),
          (431, get(b"X: a\r\n" * 100)), (501, get(line=b"BREW /status HTTP/1.1")), (505, get(line=b"GET / HTTP/2.0"))]

ANSWERS = [
    Case("HEAD has the length of GET", "9110 §9.3.2", check=head_is_get_without_the_body),
    Case("HEAD has no body", "9110 §9.3.2", check=lambda at: nothing_follows_a_head(at, b"HEAD /status HTTP/1.1")),
    Case("a HEAD that goes nowhere has no body", "9110 §9.3.2",
         check=lambda at: nothing_follows_a_head(at, b"HEAD /nowhere HTTP/1.1")),
    Case("two HEADs", "9110 §9.3.2", get(line=b"HEAD /status HTTP/1.1") * 2, "200 200 S", heads=frozenset({0, 1})),
    Case("405 tells what is allowed", "9110 §15.5.6", check=allow_is_told),
    Case("OPTIONS of a path", "9110 §9.3.7", get(line=b"OPTIONS /status HTTP/1.1"), "2xx S | 405 S", "204 S"),
    *[Case(f"{status} is a problem in JSON, with date and length", "9457 §3",
           check=lambda at, request=request, status=status: contract_is_kept(at, request, status), only_ours=True)
      for status, request in ERRORS],
    *[Case(f"Date in the answer to {what}", "9110 §6.6.1", check=lambda at, request=request: date_is_told(at, request))
      for what, request in (("GET", last()), ("an unknown path", last(line=b"GET /nowhere HTTP/1.1")),
                            ("another method", post(b"Connection: close\r\n")), ("a bad request", get(b"X : a\r\n")))],
]

CASES = EXPECTATIONS + UPGRADES + KEEPING + PIPELINES + ANSWERS
