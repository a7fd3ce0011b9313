"""TLS by hand, because Python's own sockets cannot end one direction of it and go on reading from the other."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Callable


class TLSSocket:
    """As much of a socket as the client uses. The certificate of the server is not verified."""

    def __init__(self, raw: socket.socket):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.raw, self.unsent = raw, b""
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)
        self._until_done(self.tls.do_handshake)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def _flush(self) -> None:
        self.unsent += self.outgoing.read()
        while self.unsent:
            self.unsent = self.unsent[self.raw.send(self.unsent):]

    def _until_done(self, step: Callable[..., Any], *arguments: Any) -> Any:
        while True:
            try:
                result = step(*arguments)
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                if data := self.raw.recv(65536):
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def send(self, data: bytes) -> int:
        self._flush()
        return self._until_done(self.tls.write, data)

    def sendall(self, data: bytes) -> None:
        while data:
            data = data[self.send(data):]

    def recv(self, size: int) -> bytes:
        try:
            return self._until_done(self.tls.read, size)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def shutdown(self, _: int) -> None:
        """Sends close_notify, which ends our direction (RFC 8446 §6.1)."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass  # The server has not ended its direction: there is more to read.
        self._flush()
