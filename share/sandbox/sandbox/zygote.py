"""A warm parent that forks a sandbox in milliseconds.

Importing moto and its services takes seconds. The zygote does it once; each
connection to its socket gets a child with a port of its own, and shares
nothing with its siblings. The child ends when the connection does, so a test
that is killed takes its sandbox with it.
"""

import argparse
import asyncio
import json
import os
import select
import signal
import socket
import sys
import traceback

from .moto_services import MotoServices
from .protocol import service_model
from .world import World


def main(options: argparse.Namespace) -> int:
    MotoServices(World()).warm()
    for name in ("ecs", "sts", "lambda", "apigatewayv2"):
        model = service_model(name)
        assert model is not None and model.operation_names

    listener = socket.socket(socket.AF_UNIX)
    try:
        os.unlink(options.zygote)
    except FileNotFoundError:
        pass
    listener.bind(options.zygote)
    listener.listen(128)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    watched = [listener.fileno()]
    if options.exit_with_stdin:
        watched.append(0)
    if options.exit_with_pid is not None:
        watched.append(os.pidfd_open(options.exit_with_pid))
    print(json.dumps({"zygote": options.zygote, "pid": os.getpid()}), flush=True)
    try:
        while True:
            for descriptor in select.select(watched, [], [])[0]:
                if descriptor == listener.fileno():
                    connection = listener.accept()[0]
                    if os.fork() == 0:
                        _child(listener, connection, options.host)
                    connection.close()
                elif descriptor != 0 or not os.read(0, 4096):
                    return 0
    finally:
        os.unlink(options.zygote)


def _child(listener: socket.socket, connection: socket.socket, host: str) -> None:
    """Never returns."""
    try:
        listener.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        asyncio.run(_serve(connection, host))
        status = 0
    except BaseException:
        traceback.print_exc()
        status = 1
    os._exit(status)


async def _serve(connection: socket.socket, host: str) -> None:
    from .__main__ import end_with_descriptor, serve
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    end_with_descriptor(end, connection.fileno())
    await serve(host, 0, lambda what: connection.sendall((json.dumps(what) + "\n").encode()), end)
