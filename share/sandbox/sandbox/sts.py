"""STS: who am I, and may I become someone else.

moto would let anyone assume any role. Here a role must have been made with
the control API (`roles`) or with IAM's CreateRole.
"""

import json
import random
import secrets
import string
import sys
import time
from base64 import urlsafe_b64decode
from typing import Any, Dict, Optional
from xml.sax.saxutils import escape

from .access import Key, Role, expiry_of
from .errors import AwsError, of_kind
from .http import Response
from .world import World

_LETTERS = string.ascii_uppercase + "234567"


class Sts:
    def __init__(self, world: World) -> None:
        self.world = world
        self._operations = {
            "GetCallerIdentity": self._get_caller_identity,
            "AssumeRole": self._assume_role,
            "AssumeRoleWithWebIdentity": self._assume_role_with_web_identity,
            "GetSessionToken": self._get_session_token,
        }

    def resource(self, _operation: str, params: Dict[str, Any], _account: str, _region: str) -> str:
        return params.get("RoleArn") or "*"

    def answer(self, operation: str, params: Dict[str, Any], key: Key, _region: str) -> Response:
        handler = self._operations.get(operation)
        if handler is None:
            raise of_kind("unknown-operation", f"{operation} is not implemented in the sandbox", "sts", "query")
        result = handler(params, key)
        xml = (f'<{operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{operation}Result>'
               f"{_xml(result)}</{operation}Result></{operation}Response>")
        return Response(200, {"Content-Type": "text/xml"}, xml.encode())

    def _get_caller_identity(self, _params: Dict[str, Any], key: Key) -> Dict[str, Any]:
        return {"Arn": key.arn, "UserId": key.user_id, "Account": key.account}

    def _get_session_token(self, params: Dict[str, Any], key: Key) -> Dict[str, Any]:
        return {"Credentials": self._issue(key.account, key.arn, key.user_id, params.get("DurationSeconds", 43200),
                                           key.role)}

    def _assume_role(self, params: Dict[str, Any], key: Key) -> Dict[str, Any]:
        arn = params["RoleArn"]
        role = self.role(arn)
        if role is None or not role.trusts(key.arn):
            raise AwsError("AccessDenied", f"User: {key.arn} is not authorized to perform: sts:AssumeRole on resource: "
                           f"{arn}", 403)
        if role.external_id is not None and params.get("ExternalId") != role.external_id:
            raise AwsError("AccessDenied", f"User: {key.arn} is not authorized to perform: sts:AssumeRole on resource: "
                           f"{arn}", 403)
        longest = min(role.max_duration, 3600) if key.role else role.max_duration
        return self.session(role, params, longest)

    def _assume_role_with_web_identity(self, params: Dict[str, Any], _key: Key) -> Dict[str, Any]:
        role = self.role(params["RoleArn"])
        if role is None:
            raise AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
        claims = _claims(params["WebIdentityToken"])
        if claims is None:
            raise AwsError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
        if claims.get("exp", time.time() + 1) < time.time():
            raise AwsError("ExpiredTokenException", "Token expired: current date/time must be before the expiration "
                           "date/time")
        return {**self.session(role, params, role.max_duration),
                "SubjectFromWebIdentityToken": str(claims.get("sub", "")),
                "Audience": str(claims.get("aud", "")), "Provider": str(claims.get("iss", ""))}

    def session(self, role: Role, params: Dict[str, Any], longest: int) -> Dict[str, Any]:
        seconds = params.get("DurationSeconds", 3600)
        if seconds > longest:
            raise AwsError("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                           "role.")
        account, name = role.arn.split(":")[4], role.arn.rpartition("/")[2]
        session = params["RoleSessionName"]
        arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
        user_id = f"AROA{name.upper()[:12]:X<12}:{session}"
        return {"Credentials": self._issue(account, arn, user_id, seconds, role.arn),
                "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": arn}}

    def _issue(self, account: str, arn: str, user_id: str, seconds: int, role: Optional[str]) -> Dict[str, Any]:
        name = "ASIA" + "".join(random.choices(_LETTERS, k=16))
        expires = expiry_of(seconds, self.world.wall())
        key = Key(secrets.token_urlsafe(30), arn, user_id, account, secrets.token_urlsafe(180), expires, role=role)
        self.world.access.keys[name] = key
        return {"AccessKeyId": name, "SecretAccessKey": key.secret, "SessionToken": key.token,
                "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires))}

    def role(self, arn: str) -> Optional[Role]:
        if arn in self.world.access.roles:
            return self.world.access.roles[arn]
        # Nobody has made a role with IAM while moto's IAM isn't even loaded.
        iam = sys.modules.get("moto.iam.models")
        parts = arn.split(":")
        if iam is None or len(parts) < 6:
            return None
        backend = iam.iam_backends[parts[4]]["global"]
        return Role(arn) if any(role.arn == arn for role in backend.roles.values()) else None


def _claims(token: str) -> Optional[Dict[str, Any]]:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None


def _xml(value: Dict[str, Any]) -> str:
    return "".join(f"<{name}>{_xml(item) if isinstance(item, dict) else escape(str(item))}</{name}>"
                   for name, item in value.items())
