"""A server whose answers never end, in the body or in the headers; or that
answers with the head of what it was sent.

usage: endless.py body|headers|echo

Prints its port, then serves one connection after the other.
"""
import json
import socket
import sys

server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    try:
        request = connection.recv(65536)
        if sys.argv[1] == "echo":
            body = json.dumps({"sent": request.split(b"\r\n\r\n")[0].decode()}).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            continue
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        if sys.argv[1] == "body":
            connection.sendall(b"Connection: close\r\n\r\n")
        while True:
            connection.sendall(b"X-Header: x\r\n" * 10000)
    except OSError:
        connection.close()
