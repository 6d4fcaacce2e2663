"""Errors in the words and shapes of AWS."""

import json
from typing import Dict, Optional, Tuple
from xml.sax.saxutils import escape

# What the front end refuses, as each family of services names it:
# (JSON services, Query and EC2 services, S3), each (code, status).
KINDS: Dict[str, Tuple[Tuple[str, int], Tuple[str, int], Tuple[str, int]]] = {
    "unsigned": (("MissingAuthenticationTokenException", 400), ("MissingAuthenticationToken", 403), ("AccessDenied", 403)),
    "malformed": (("IncompleteSignatureException", 400), ("IncompleteSignature", 400), ("AuthorizationHeaderMalformed", 400)),
    "unknown-key": (("UnrecognizedClientException", 400), ("InvalidClientTokenId", 403), ("InvalidAccessKeyId", 403)),
    "expired": (("ExpiredTokenException", 400), ("ExpiredToken", 403), ("ExpiredToken", 400)),
    "signature": (("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403), ("SignatureDoesNotMatch", 403)),
    "skew": (("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403), ("RequestTimeTooSkewed", 403)),
    "content": (("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403), ("XAmzContentSHA256Mismatch", 400)),
    "denied": (("AccessDeniedException", 400), ("AccessDenied", 403), ("AccessDenied", 403)),
    "throttle": (("ThrottlingException", 400), ("Throttling", 400), ("SlowDown", 503)),
    "unknown-operation": (("UnknownOperationException", 400), ("InvalidAction", 400), ("NotImplemented", 501)),
    "serialization": (("SerializationException", 400), ("MalformedInput", 400), ("MalformedXML", 400)),
    "internal": (("InternalFailure", 500), ("InternalFailure", 500), ("InternalError", 500)),
}

# Services whose name for a thing differs from their family's.
_SPECIAL = {
    ("ecs", "throttle"): ("ThrottlingException", 400),
    ("ecs", "internal"): ("ServerException", 500),
    ("lambda", "throttle"): ("TooManyRequestsException", 429),
    ("lambda", "internal"): ("ServiceException", 500),
    ("apigatewayv2", "throttle"): ("TooManyRequestsException", 429),
    ("dynamodb", "internal"): ("InternalServerError", 500),
    ("secretsmanager", "internal"): ("InternalServiceError", 500),
}


def query_code(code: str) -> str:
    """A JSON error code as the Query protocol names it (X-Amzn-Query-Error)."""
    return next((query[0] for json_, query, _ in KINDS.values() if json_[0] == code), code)


class AwsError(Exception):
    """An answer other than success, raised anywhere below the pipeline."""

    def __init__(self, code: str, message: str, status: int = 400, extra: Optional[dict] = None,
                 headers: Optional[Dict[str, str]] = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra or {}  # further members of the modelled error
        self.headers = headers or {}


def of_kind(kind: str, message: str, service: str = "", protocol: str = "json") -> AwsError:
    if (service, kind) in _SPECIAL:
        code, status = _SPECIAL[service, kind]
    elif service == "s3":
        code, status = KINDS[kind][2]
    elif protocol in ("json", "rest-json"):
        code, status = KINDS[kind][0]
        if protocol == "rest-json" and status == 400 and kind not in ("throttle", "serialization"):
            status = 404 if kind == "unknown-operation" else 403
    else:
        code, status = KINDS[kind][1]
    extra = {"Type": "User", "Reason": "CallerRateLimitExceeded"} if (service, kind) == ("lambda", "throttle") else None
    return AwsError(code, message, status, extra)


def render(error: AwsError, protocol: str, request_id: str,
           json_version: str = "1.1") -> Tuple[int, Dict[str, str], bytes]:
    """Status, headers and body of an error as this protocol carries it."""
    headers = {"x-amzn-RequestId": request_id, **error.headers}
    if protocol == "rest-json":
        headers["Content-Type"] = "application/json"
        headers["x-amzn-ErrorType"] = error.code + ":http://internal.amazon.com/coral/com.amazon.coral.service/"
        return error.status, headers, json.dumps({"message": error.message, **error.extra}).encode()
    if protocol in ("json", "smithy-rpc-v2-cbor"):
        headers["Content-Type"] = f"application/x-amz-json-{json_version}"
        body = {"__type": error.code, "message": error.message, **error.extra}
        return error.status, headers, json.dumps(body).encode()
    code, message = escape(error.code), escape(error.message)
    headers["Content-Type"] = "text/xml"
    if protocol == "rest-xml":
        headers["Content-Type"] = "application/xml"
        xml = (f"<Error><Code>{code}</Code><Message>{message}</Message>"
               f"<RequestId>{request_id}</RequestId></Error>")
    elif protocol == "ec2":
        xml = (f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
               f"<RequestID>{request_id}</RequestID></Response>")
    else:
        kind = "Sender" if error.status < 500 else "Receiver"
        xml = (f'<ErrorResponse xmlns="http://webservices.amazon.com/doc/"><Error><Type>{kind}</Type>'
               f"<Code>{code}</Code><Message>{message}</Message></Error>"
               f"<RequestId>{request_id}</RequestId></ErrorResponse>")
    return error.status, headers, ('<?xml version="1.0" encoding="UTF-8"?>\n' + xml).encode()
