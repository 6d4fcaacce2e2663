"""Who is calling, and may they?

A key belongs to a principal: a user, or a role's session. Everything is
allowed but what a principal's `deny` (or, if given, the lack of an `allow`)
forbids; patterns are IAM's, like "ecs:Delete*".
"""

import fnmatch
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from .errors import AwsError, of_kind
from .http import Request
from .protocol import Operation
from .signature import Scope, SignatureError, verify

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_KEY = "AKIDSANDBOX"
DEFAULT_SECRET = "sandbox-secret"


@dataclass
class Key:
    secret: str
    arn: str
    user_id: str
    account: str = DEFAULT_ACCOUNT
    token: Optional[str] = None
    expires: Optional[float] = None      # epoch seconds
    allow: Optional[List[str]] = None    # None: everything
    deny: List[str] = field(default_factory=list)
    role: Optional[str] = None           # ARN of the role this session is of


@dataclass
class Role:
    arn: str
    allow: Optional[List[str]] = None
    deny: List[str] = field(default_factory=list)
    trust: Optional[List[str]] = None    # ARN patterns of who may assume it; None: everyone
    external_id: Optional[str] = None
    max_duration: int = 3600

    def trusts(self, principal: str) -> bool:
        """May this principal (an ARN, or a service's name) assume it?"""
        return self.trust is None or any(fnmatch.fnmatchcase(principal, pattern) for pattern in self.trust)


class Access:
    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.keys: Dict[str, Key] = {}
        self.roles: Dict[str, Role] = {}
        self.set_key(DEFAULT_KEY, {"secret": DEFAULT_SECRET, "user": "sandbox"})

    def set_key(self, name: str, what: Dict[str, Any]) -> Key:
        account = what.get("account", DEFAULT_ACCOUNT)
        key = Key(what["secret"], what.get("arn") or f"arn:aws:iam::{account}:user/{what.get('user', name.lower())}",
                  "AIDA" + name[-12:].rjust(12, "X").upper(), account, what.get("token"), what.get("expires"),
                  what.get("allow"), list(what.get("deny", ())))
        self.keys[name] = key
        return key

    def set_role(self, name: str, what: Dict[str, Any]) -> Role:
        arn = name if name.startswith("arn:") else f"arn:aws:iam::{what.get('account', DEFAULT_ACCOUNT)}:role/{name}"
        role = Role(arn, what.get("allow"), list(what.get("deny", ())), what.get("trust"), what.get("external_id"),
                    what.get("max_duration", 3600))
        self.roles[arn] = role
        return role

    def authenticate(self, scope: Scope, request: Request, now: float, check_signature: bool) -> Key:
        """The key of a request that its owner signed; raises SignatureError."""
        key = self.keys.get(scope.access_key)
        if key is None:
            raise SignatureError("unknown-key", "The security token included in the request is invalid.")
        if key.token and request.headers.get("x-amz-security-token") != key.token:
            raise SignatureError("unknown-key", "The security token included in the request is invalid.")
        if key.expires is not None and now > key.expires:
            raise SignatureError("expired", "The security token included in the request is expired")
        if check_signature:
            verify(scope, key.secret, request.method, request.path, request.query, request.headers, request.body, now)
        return key

    def permit(self, key: Key, operation: Operation, resource: str) -> None:
        """Raise AccessDenied unless the key's own and its role's rules allow the action.

        GetCallerIdentity needs no permission, and no policy can deny it (STS API Reference).
        """
        if operation.action == "sts:GetCallerIdentity":
            return
        rules = [(key.allow, key.deny)]
        role = self.roles.get(key.role or "")
        if role:
            rules.append((role.allow, role.deny))
        for allow, deny in rules:
            if any(_matches(operation.action, pattern) for pattern in deny):
                raise denied(key, operation, resource, "with an explicit deny in an identity-based policy")
            if allow is not None and not any(_matches(operation.action, pattern) for pattern in allow):
                raise denied(key, operation, resource,
                             f"because no identity-based policy allows the {operation.action} action")


def _matches(action: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(action.lower(), pattern.lower())


def denied(key: Key, operation: Operation, resource: str, why: str) -> AwsError:
    message = f"User: {key.arn} is not authorized to perform: {operation.action} on resource: {resource} {why}"
    return of_kind("denied", message, operation.service, operation.protocol)


def expiry_of(seconds: int, now: Optional[float] = None) -> float:
    return (time.time() if now is None else now) + seconds
