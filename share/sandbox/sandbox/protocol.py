"""Which AWS operation is this request?

The service comes from the credential scope (as the public endpoints derive
it from the host name), the operation from X-Amz-Target, `Action` or verb and
path, by botocore's models.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Dict, List, Optional, Tuple
from urllib.parse import parse_qsl, unquote

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from .http import Request

# Credential scope name -> botocore model, where they differ.
_MODEL_OF = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "apigateway": "apigatewayv2",
}

# X-Amz-Target prefix -> botocore model, where one scope serves several.
_MODEL_OF_TARGET = {"DynamoDBStreams_20120810": "dynamodbstreams"}

# Operations that nobody signs, by Action.
UNSIGNED = {"AssumeRoleWithWebIdentity": "sts", "AssumeRoleWithSAML": "sts"}


@dataclass
class Operation:
    """An operation as asked for; `model` is None when AWS has no such one."""

    service: str
    name: str
    protocol: str
    model: Optional[OperationModel] = None
    path_values: Dict[str, str] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """The name IAM policies use; API Gateway's are the verbs of HTTP."""
        if self.service == "apigatewayv2" and self.model:
            return f"apigateway:{self.model.http['method']}"
        return f"{iam_prefix(self.service)}:{self.name}"


@lru_cache(maxsize=None)
def _loader() -> Loader:
    return Loader()


@lru_cache(maxsize=None)
def service_model(name: str) -> Optional[ServiceModel]:
    try:
        return ServiceModel(_loader().load_service_model(name, "service-2"), name)
    except UnknownServiceError:
        return None


@lru_cache(maxsize=None)
def operation_model(service: str, name: str) -> Optional[OperationModel]:
    model = service_model(service)
    return model.operation_model(name) if model and name in model.operation_names else None


@lru_cache(maxsize=None)
def query_compatible(service: str) -> bool:
    """A JSON service that used to be a Query one and still tells the old error codes."""
    model = service_model(service) if service else None
    return model is not None and "awsQueryCompatible" in model.metadata


@lru_cache(maxsize=None)
def iam_prefix(service: str) -> str:
    if service == "cloudwatch":
        return service          # the one that signs by another name ("monitoring") than policies use
    model = service_model(service)
    return model.signing_name if model else service


def resolve(request: Request, scope_service: str) -> Operation:
    """The operation of a request signed for `scope_service` (or unsigned: "")."""
    target = request.headers.get("x-amz-target", "")
    form = form_of(request)
    service = (_MODEL_OF_TARGET.get(target.partition(".")[0])
               or UNSIGNED.get(form.get("Action", "") if not scope_service else "")
               or _MODEL_OF.get(scope_service, scope_service))
    model = service_model(service) if service else None
    if model is None:
        return Operation(service, "", "json")
    protocol = model.metadata["protocol"]
    if target:
        name = target.rpartition(".")[2]
        return Operation(service, name, "json", operation_model(service, name))
    if protocol in ("query", "ec2") or (form.get("Action") and "query" in model.metadata.get("protocols", ())):
        name = form.get("Action", "")
        return Operation(service, name, "ec2" if protocol == "ec2" else "query", operation_model(service, name))
    if protocol.startswith("rest"):
        name, values = _route(service, request)
        return Operation(service, name, protocol, operation_model(service, name), values)
    return Operation(service, "", protocol)


def form_of(request: Request) -> Dict[str, str]:
    """The fields of a Query request, from the body or else from the URL."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return dict(parse_qsl(request.query, keep_blank_values=True))


@lru_cache(maxsize=None)
def _routes(service: str) -> List[Tuple[str, "re.Pattern[str]", Dict[str, str], str]]:
    """(method, path, fixed query, operation) of a REST service, most specific first."""
    model = service_model(service)
    assert model is not None
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        fixed = dict(item.partition("=")[::2] for item in query.split("&")) if query else {}
        pattern = re.escape(path.rstrip("/"))
        pattern = re.sub(r"\\\{([\w-]+)\\\+\\\}", lambda m: f"(?P<{_group(m[1])}>.+)", pattern)
        pattern = re.sub(r"\\\{([\w-]+)\\\}", lambda m: f"(?P<{_group(m[1])}>[^/]+)", pattern)
        literal = len(re.sub(r"\{[^}]*\}", "", path))
        found.append((-len(fixed), -literal, http["method"], re.compile(pattern + "/?$"), fixed, name))
    found.sort(key=lambda route: route[:2])
    return [route[2:] for route in found]


def _group(name: str) -> str:
    return name.replace("-", "__")


def _route(service: str, request: Request) -> Tuple[str, Dict[str, str]]:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    for method, pattern, fixed, name in _routes(service):
        if method != request.method:
            continue
        if name in ("CopyObject", "UploadPartCopy") and "x-amz-copy-source" not in request.headers:
            continue
        match = pattern.match(request.path)
        if match and all(key in query and (not value or query[key] == value) for key, value in fixed.items()):
            return name, {key.replace("__", "-"): unquote(value) for key, value in match.groupdict().items()}
    return "", {}
