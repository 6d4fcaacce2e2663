"""gitops-sandbox: start a sandbox, or a zygote that forks them."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import ssl
import sys
from typing import Callable, List, Optional

from .http import Server
from .pipeline import Pipeline
from .world import World


def parse_arguments(arguments: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gitops-sandbox", description="A local AWS for tests, demo and rehearsals.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--ready-file", metavar="FILE", help="write the JSON line there too, once ready")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input closes")
    parser.add_argument("--exit-with-pid", type=int, metavar="PID", help="end when that process ends")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve HTTPS with these PEM files")
    parser.add_argument("--zygote", metavar="SOCKET", help="import everything, then fork a sandbox per connection")
    return parser.parse_args(arguments)


async def serve(host: str, port: int, announce: Callable[[dict], None], end: "asyncio.Event",
                certificate: Optional[List[str]] = None) -> None:
    """Serve until `end` is set."""
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate)
    server = await Server(Pipeline(World()).answer).start(host, port, tls)
    port = server.sockets[0].getsockname()[1]
    announce({"port": port, "pid": os.getpid(), "url": f"{'https' if tls else 'http'}://{host}:{port}"})
    await end.wait()
    server.close()


def watch_for_end(end: "asyncio.Event", stdin: bool, pid: Optional[int]) -> None:
    """Set `end` on SIGTERM, SIGINT, and as the options say."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    if stdin:
        end_with_descriptor(end, 0)
    if pid is not None:
        try:
            loop.add_reader(os.pidfd_open(pid), end.set)
        except ProcessLookupError:
            end.set()


def end_with_descriptor(end: "asyncio.Event", descriptor: int) -> None:
    """Set `end` when the other side of a pipe or socket closes it."""
    def readable() -> None:
        try:
            data = os.read(descriptor, 4096)
        except OSError:
            data = b""
        if not data:
            end.set()
    asyncio.get_running_loop().add_reader(descriptor, readable)


async def run(options: argparse.Namespace) -> None:
    end = asyncio.Event()
    watch_for_end(end, options.exit_with_stdin, options.exit_with_pid)

    def announce(what: dict) -> None:
        line = json.dumps(what)
        if options.ready_file:
            with open(options.ready_file + ".new", "w", encoding="ascii") as file:
                file.write(line + "\n")
            os.rename(options.ready_file + ".new", options.ready_file)
        print(line, flush=True)

    await serve(options.host, options.port, announce, end, options.tls)


def main() -> int:
    options = parse_arguments()
    if options.zygote:
        from . import zygote
        return zygote.main(options)
    try:
        asyncio.run(run(options))
    except OSError as error:
        print(f"gitops-sandbox: cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        return 1
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
