"""Sign random requests with botocore and with test-tool, and compare.

usage: differential.py <seed> <count>

Prints each request that differs. What botocore leaves to the caller (sorting
by encoded name, a query that is encoded already) is done here first.
"""
import datetime
import random
import subprocess
import sys
import urllib.parse
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALPHABET = "abzAZ019-._~ /%+=&;:@!$'()*,\"<>[]{}|^`\\\u00e9\u1234\U0001f600\t"


def text(rnd, most, skip=""):
    letters = [c for c in ALPHABET if c not in skip]
    return "".join(rnd.choice(letters) for _ in range(rnd.randint(0, most)))


def make(rnd):
    segments = [urllib.parse.quote(text(rnd, 6, "\t"), safe="~") for _ in range(rnd.randint(0, 5))]
    segments = [rnd.choice([s, s, s, ".", "..", ""]) for s in segments]
    # RFC 3986 keeps the slash of a path that ends in a dot segment, botocore does not.
    if segments and segments[-1] in (".", ".."):
        segments.append("end")
    path = "/" + "/".join(segments)
    pairs = [
        (urllib.parse.quote(text(rnd, 5, "\t") or "k", safe="~"), urllib.parse.quote(text(rnd, 5, "\t"), safe="~"))
        for _ in range(rnd.randint(0, 4))
    ]
    query = "&".join(f"{k}={v}" if v or rnd.random() < 0.5 else k for k, v in pairs)
    headers = [("Host", rnd.choice(["example.amazonaws.com", "127.0.0.1:4566", "[::1]:8080"]))]
    for _ in range(rnd.randint(0, 4)):
        name = rnd.choice(["X-Amz-Target", "content-type", "My-Header", "my-header", "X-Amz-Meta-A", "User-Agent"])
        value = text(rnd, 9).encode("ascii", "ignore").decode()
        headers.append((name, rnd.choice(["", " ", "  "]) + value + rnd.choice(["", " "])))
    body = rnd.randbytes(rnd.choice([0, 0, 1, 100]))
    method = rnd.choice(["GET", "POST", "PUT", "DELETE", "PATCH"])
    service = rnd.choice(["ecs", "lambda", "sts", "s3"])
    token = rnd.choice([None, "FwoGZXIvYXdzEXAMPLE//token=="])
    return method, path, query, headers, body, service, token


def expected(now, method, path, query, headers, body, service, token):
    request = AWSRequest(method, "http://x" + path + ("?" + query if query else ""), data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    keys = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    # The S3 signer adds a header of its own, which no other does: here too only the path differs.
    signer = botocore.auth.SigV4Auth(keys, service, "eu-west-1")
    if service == "s3":
        signer._normalize_url_path = lambda p: p
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        signer.add_auth(request)
    return request.headers["Authorization"]


def main():
    rnd = random.Random(int(sys.argv[1]))
    bad = 0
    for i in range(int(sys.argv[2])):
        method, path, query, headers, body, service, token = make(rnd)
        now = datetime.datetime(2015, 8, 30) + datetime.timedelta(seconds=rnd.randint(0, 10**9))
        raw = f"{method} {path}{'?' + query if query else ''} HTTP/1.1\n"
        raw += "".join(f"{k}:{v}\n" for k, v in headers) + "\n"
        command = [
            "test-tool", "sigv4", "--access-key", "AKIDEXAMPLE",
            "--secret-key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "--region", "eu-west-1", "--service", service, "--time", now.strftime("%Y%m%dT%H%M%SZ"),
        ]  # fmt: skip
        if token:
            command += ["--token", token]
        eol = rnd.choice(["\n", "\r\n"])
        got = subprocess.run(command, input=raw.replace("\n", eol).encode() + body, capture_output=True, check=False)
        want = expected(now, method, path, query, headers, body, service, token)
        if got.stdout.decode().splitlines()[-1:] != [want]:
            bad += 1
            print(f"request {i}: {raw!r} {body!r} {service}\nwant {want}\n{got.stdout.decode()}")
            print(got.stderr.decode())
    sys.exit(1 if bad else 0)


main()
