"""Signature Version 4, recomputed from the request as it was on the wire.

Written from the AWS documentation ("Create a signed AWS API request"), not
with botocore's signer: that one signs what it builds, and here the question
is what a foreign client has sent.
"""

import calendar
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Dict, List, Optional, Tuple
from urllib.parse import quote, unquote

MAX_SKEW = 300  # seconds, documented for most services (S3 allows 900)

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([^/,]+)/(\d{8})/([^/,]+)/([^/,]+)/aws4_request, *"
    r"SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$"
)


@dataclass
class Scope:
    """What the Authorization header says."""

    access_key: str
    day: str
    region: str
    service: str
    signed_headers: List[str]
    signature: str


class SignatureError(Exception):
    """`kind` is one of errors.KINDS."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def parse_scope(headers: Dict[str, str]) -> Optional[Scope]:
    match = _AUTHORIZATION.match(headers.get("authorization", ""))
    if not match:
        return None
    key, day, region, service, signed, signature = match.groups()
    return Scope(key, day, region, service, signed.split(";"), signature)


def verify(scope: Scope, secret: str, method: str, raw_path: str, raw_query: str,
           headers: Dict[str, str], body: bytes, now: float) -> None:
    """Raise SignatureError unless `scope` signs this very request at about `now`."""
    date = headers.get("x-amz-date", "")
    _check_date(scope, date, now)
    _check_signed_headers(scope, headers)
    digest = hashlib.sha256(body).hexdigest()
    declared = headers.get("x-amz-content-sha256")
    if scope.service == "s3" and not declared:
        raise SignatureError("signature", "Missing required header for this request: x-amz-content-sha256")
    if declared and re.fullmatch("[0-9a-f]{64}", declared) and declared != digest:
        raise SignatureError("content", "The provided 'x-amz-content-sha256' header does not match what was computed.")

    canonical = "\n".join((
        method,
        canonical_path(raw_path, scope.service),
        canonical_query(raw_query),
        "".join(f"{name}:{_fold(headers.get(name, ''))}\n" for name in scope.signed_headers),
        ";".join(scope.signed_headers),
        declared or digest,
    ))
    to_sign = "\n".join((
        "AWS4-HMAC-SHA256",
        date,
        f"{scope.day}/{scope.region}/{scope.service}/aws4_request",
        hashlib.sha256(canonical.encode()).hexdigest(),
    ))
    key = signing_key(secret, scope.day, scope.region, scope.service)
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, scope.signature):
        raise SignatureError(
            "signature",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n"
            f"The Canonical String for this request should have been\n'{canonical}'\n\n"
            f"The String-to-Sign should have been\n'{to_sign}'\n")


def _check_date(scope: Scope, date: str, now: float) -> None:
    try:
        sent = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise SignatureError("signature", f"Date in the X-Amz-Date header is missing or malformed: '{date}'") from None
    if date[:8] != scope.day:
        raise SignatureError("signature", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                             f"date from HTTP: '{scope.day}' != '{date[:8]}', from '{date}'.")

    def stamp(at: float) -> str:
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))

    if sent < now - MAX_SKEW:
        raise SignatureError("skew", f"Signature expired: {date} is now earlier than {stamp(now - MAX_SKEW)} "
                             f"({stamp(now)} - 5 min.)")
    if sent > now + MAX_SKEW:
        raise SignatureError("skew", f"Signature not yet current: {date} is still later than {stamp(now + MAX_SKEW)} "
                             f"({stamp(now)} + 5 min.)")


def _check_signed_headers(scope: Scope, headers: Dict[str, str]) -> None:
    signed = scope.signed_headers
    if signed != sorted(signed):
        raise SignatureError("signature", "'SignedHeaders' must be sorted")
    missing = [name for name in headers if name.startswith("x-amz-") and name not in signed]
    if "host" not in signed:
        missing.append("host")
    if missing:
        raise SignatureError("signature", "There were headers present in the request which were not signed: "
                             + ", ".join(missing))


def canonical_path(raw_path: str, service: str) -> str:
    """S3 signs the path as sent; all others normalise it and encode it once more."""
    if service == "s3":
        return raw_path or "/"
    parts: List[str] = []
    for part in raw_path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    path = "/" + "/".join(parts)
    if parts and raw_path.endswith(("/", "/.", "/..")):
        path += "/"
    return quote(path, safe="/-_.~")


def canonical_query(raw_query: str) -> str:
    pairs: List[Tuple[str, str]] = []
    for item in raw_query.split("&"):
        if item:
            name, _, value = item.partition("=")
            pairs.append((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _fold(value: str) -> str:
    return " ".join(value.split())


@lru_cache(maxsize=256)
def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
