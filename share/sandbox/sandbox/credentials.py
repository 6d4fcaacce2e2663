"""Where AWS clients find credentials when they were given none: the instance
metadata service (IMDSv2), the container endpoint, the SSO portal.

Each hands out a fresh session of the role `sandbox-instance`,
`sandbox-container` or the one asked for. Nobody signs these requests.

    AWS_EC2_METADATA_SERVICE_ENDPOINT=<url>
    AWS_CONTAINER_CREDENTIALS_FULL_URI=<url>/credentials/container
    AWS_ENDPOINT_URL_SSO=<url>
"""

import json
import secrets
import time
from typing import Any, Dict, Optional
from urllib.parse import parse_qs

from .access import DEFAULT_ACCOUNT, Role
from .errors import AwsError
from .http import Request, Response
from .protocol import Operation
from .sts import Sts
from .world import World

_ROLE_PATH = "/latest/meta-data/iam/security-credentials/"


def resolve(request: Request) -> Optional[Operation]:
    """The service that a path without a signature belongs to."""
    if request.path == "/latest/api/token":
        return Operation("imds", "GetToken", "text")
    if request.path.startswith("/latest/meta-data/"):
        return Operation("imds", "GetMetadata", "text")
    if request.path == "/credentials/container":
        return Operation("container", "GetCredentials", "rest-json")
    if request.path == "/federation/credentials":
        return Operation("sso", "GetRoleCredentials", "rest-json")
    return None


class Credentials:
    def __init__(self, world: World, sts: Sts) -> None:
        self.world = world
        self.sts = sts
        self._metadata_tokens: Dict[str, float] = {}     # token -> when it expires

    def answer(self, operation: Operation, request: Request) -> Response:
        return {"imds": self._imds, "container": self._container, "sso": self._sso}[operation.service](request)

    def _session(self, role: str, account: str = DEFAULT_ACCOUNT) -> Dict[str, Any]:
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{account}:role/{role}"
        return self.sts.session(self.world.access.roles.get(arn) or Role(arn), {
            "RoleSessionName": "session", "DurationSeconds": self.world.config["credentials_last"]},
            longest=1 << 30)["Credentials"]

    # ---- IMDSv2: a token first, then the role's name, then its keys

    def _imds(self, request: Request) -> Response:
        if request.path == "/latest/api/token":
            ttl = request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
            if request.method != "PUT" or not ttl.isdigit() or not 1 <= int(ttl) <= 21600:
                return _text(400, "Bad Request")
            token = secrets.token_urlsafe(40)
            self._metadata_tokens[token] = time.time() + int(ttl)
            response = _text(200, token)
            response.headers["X-aws-ec2-metadata-token-ttl-seconds"] = ttl
            return response
        token = request.headers.get("x-aws-ec2-metadata-token", "")
        if request.method != "GET" or self._metadata_tokens.get(token, 0) < time.time():
            return _text(401, "Unauthorized")
        if request.path == "/latest/meta-data/placement/region":
            return _text(200, "us-east-1")
        if request.path.rstrip("/") + "/" == _ROLE_PATH:
            return _text(200, "sandbox-instance")
        if request.path != _ROLE_PATH + "sandbox-instance":
            return _text(404, "Not Found")
        keys = self._session("sandbox-instance")
        return _text(200, json.dumps({
            "Code": "Success", "LastUpdated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "Type": "AWS-HMAC",
            "AccessKeyId": keys["AccessKeyId"], "SecretAccessKey": keys["SecretAccessKey"],
            "Token": keys["SessionToken"], "Expiration": keys["Expiration"]}, indent=2))

    def _container(self, request: Request) -> Response:
        wanted = self.world.config["container_token"]
        if wanted is not None and request.headers.get("authorization") != wanted:
            return _json(401, {"code": "AccessDenied", "message": "the Authorization header is missing or wrong"})
        keys = self._session("sandbox-container")
        return _json(200, {
            "RoleArn": f"arn:aws:iam::{DEFAULT_ACCOUNT}:role/sandbox-container", "AccessKeyId": keys["AccessKeyId"],
            "SecretAccessKey": keys["SecretAccessKey"], "Token": keys["SessionToken"],
            "Expiration": keys["Expiration"]})

    def _sso(self, request: Request) -> Response:
        if request.headers.get("x-amz-sso_bearer_token") != self.world.config["sso_token"]:
            raise AwsError("UnauthorizedException", "Session token not found or invalid", 401)
        query = parse_qs(request.query)
        if "role_name" not in query or "account_id" not in query:
            raise AwsError("InvalidRequestException", "role_name and account_id are required")
        keys = self._session(query["role_name"][0], query["account_id"][0])
        expires = time.time() + self.world.config["credentials_last"]
        return _json(200, {"roleCredentials": {
            "accessKeyId": keys["AccessKeyId"], "secretAccessKey": keys["SecretAccessKey"],
            "sessionToken": keys["SessionToken"], "expiration": int(expires * 1000)}})


def _text(status: int, text: str) -> Response:
    return Response(status, {"Content-Type": "text/plain"}, text.encode())


def _json(status: int, value: Dict[str, Any]) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(value).encode())
