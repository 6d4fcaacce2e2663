"""HTTP/1.1 on asyncio, as little as AWS clients use: keep-alive, chunked
bodies, `Expect: 100-continue`; and what tests need that a good server avoids:
a real connection reset, a cut or dripping body, no answer at all.
"""

import asyncio
import itertools
import socket
import struct
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Awaitable, Callable, Dict, Optional

MAX_HEAD = 64 * 1024
# More than the largest request of Lambda, which refuses larger ones itself.
MAX_BODY = 80 * 1024 * 1024


@dataclass
class Request:
    method: str
    path: str                  # raw, as signed
    query: str                 # raw
    headers: Dict[str, str]    # names in lower case, repeated ones joined by ","
    body: bytes
    connection: int = 0        # number of the TCP connection, to see keep-alive

    def size(self) -> int:
        """Bytes, as they came: the request line, the headers, the body."""
        line = len(self.method) + len(self.path) + len(self.query) + len("  HTTP/1.1\r\n") + bool(self.query)
        return line + sum(len(f"{name}: {value}\r\n".encode()) for name, value in self.headers.items()) + 2 + len(self.body)


@dataclass
class Response:
    status: int = 200
    headers: Dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # How to misbehave; at most one of them.
    reset: bool = False                    # RST instead of an answer
    close: bool = False                    # FIN instead of an answer
    truncate: Optional[int] = None         # promise all, send so many bytes, close
    drip: float = 0.0                      # seconds between bytes


class BadRequest(Exception):
    pass


class Server:
    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer
        self._connections = itertools.count(1)
        self.open_connections = 0

    async def start(self, host: str, port: int, tls=None) -> asyncio.AbstractServer:
        return await asyncio.start_server(self._serve, host, port, limit=MAX_HEAD, backlog=1024, ssl=tls)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = next(self._connections)
        self.open_connections += 1
        sock = writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while True:
                request = await _read_request(reader, writer, number)
                if request is None:
                    break
                response = await self._answer(request)
                if not await _write_response(request, response, writer):
                    break
                if request.headers.get("connection", "").lower() == "close":
                    break
        except BadRequest as error:
            await _write_response(None, Response(400, {"Content-Type": "text/plain"}, str(error).encode()), writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.open_connections -= 1
            writer.close()


async def _read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
                        number: int) -> Optional[Request]:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest(f"malformed request line: {lines[0]!r}")
    headers: Dict[str, str] = {}
    for line in lines[1:-2]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest(f"malformed header: {line!r}")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    path, _, query = parts[1].partition("?")
    return Request(parts[0], path, query, headers, await _read_body(reader, headers), number)


async def _read_body(reader: asyncio.StreamReader, headers: Dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while True:
            try:
                size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            except ValueError:
                raise BadRequest("malformed chunk") from None
            if len(body) + size > MAX_BODY:
                raise BadRequest("body too large")
            chunk = await reader.readexactly(size + 2)
            if not size:
                return body
            body += chunk[:-2]
    try:
        size = int(headers.get("content-length", "0"))
    except ValueError:
        raise BadRequest("malformed Content-Length") from None
    if not 0 <= size <= MAX_BODY:
        raise BadRequest("body too large")
    return await reader.readexactly(size) if size else b""


async def _write_response(request: Optional[Request], response: Response, writer: asyncio.StreamWriter) -> bool:
    """Send it; False when the connection must end."""
    if response.reset:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False
    if response.close:
        return False
    try:
        reason = HTTPStatus(response.status).phrase
    except ValueError:
        reason = "Unknown"
    head = [f"HTTP/1.1 {response.status} {reason}"]
    skip = ("content-length", "connection", "transfer-encoding", "server")
    head += [f"{name}: {value}" for name, value in response.headers.items() if name.lower() not in skip]
    head += [f"Content-Length: {len(response.body)}", "", ""]
    data = "\r\n".join(head).encode("latin-1")
    body = b"" if request is not None and request.method == "HEAD" else response.body
    if response.truncate is not None:
        writer.write(data + body[:response.truncate])
    elif response.drip:
        writer.write(data)
        for index in range(len(body)):
            writer.write(body[index:index + 1])
            await writer.drain()
            await asyncio.sleep(response.drip)
    else:
        writer.write(data + body)    # one packet, one system call
    await writer.drain()
    return request is not None and response.truncate is None
