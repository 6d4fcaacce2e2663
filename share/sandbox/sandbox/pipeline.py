"""From request to answer: the order of checks."""

import asyncio
import re
import traceback
import uuid
from email.utils import formatdate
from typing import Any, Dict, Optional

from . import credentials, faults, registry, validate
from .access import Key, denied
from .apigateway.api import ApiGateway
from .control import Control
from .credentials import Credentials
from .ecs.api import Ecs
from .errors import AwsError, of_kind, query_code, render
from .http import Request, Response
from .lambda_.api import Lambda
from .limits import Limits
from .moto_services import MotoServices
from .protocol import UNSIGNED, Operation, form_of, query_compatible, resolve
from .signature import Scope, SignatureError, parse_scope
from .sts import Sts
from .world import World

_ERROR_CODE = re.compile(rb'"__type"\s*:\s*"(?:[^"#]*#)?([^":]+)|<Code>([^<]+)</Code>')

ANYBODY = Key("", "anonymous", "")


class Pipeline:
    def __init__(self, world: World) -> None:
        self.world = world
        world.ecs = Ecs(world)
        world.lambda_ = Lambda(world)
        world.apigateway = ApiGateway(world)
        sts = Sts(world)
        self.own = {"ecs": world.ecs, "sts": sts, "lambda": world.lambda_, "apigatewayv2": world.apigateway}
        self.credentials = Credentials(world, sts)
        world.limits = Limits(world)
        self.moto = MotoServices(world)
        self.control = Control(world, self.moto)

    async def answer(self, request: Request) -> Response:
        if request.path.startswith("/_sandbox/"):
            return await self.control.answer(request)
        record = self.world.calls.begin(
            method=request.method, path=request.path, conn=request.connection, bytes=request.size(),
            agent=request.headers.get("user-agent"), attempt=request.headers.get("amz-sdk-request"))
        response: Optional[Response] = None
        try:
            response = await self._answer(request, record)
        finally:
            sent = response is not None and not (response.reset or response.close)
            self.world.calls.end(record, response.status if response and sent else 0)
            self.world.notify()
        return response

    async def _answer(self, request: Request, record: Dict[str, Any]) -> Response:
        request_id = str(uuid.uuid4())
        operation = Operation("", "", "json")
        response: Response
        try:
            scope = parse_scope(request.headers)
            unsigned = None if scope else credentials.resolve(request)
            operation = unsigned or resolve(request, scope.service if scope else "")
            record.update(service=operation.service, op=operation.name, request_id=request_id,
                          region=scope.region if scope else None, key=scope.access_key if scope else None)
            response = await self._carry_out(request, operation, scope, record, unsigned is not None)
        except Exception as caught:
            error = caught if isinstance(caught, AwsError) else _own_fault(caught, operation)
            record["why"] = error.message
            version = "1.0" if "json-1.0" in request.headers.get("content-type", "") else "1.1"
            response = Response(*render(error, operation.protocol, request_id, version))
            if operation.protocol == "json" and query_compatible(operation.service):
                fault = "Sender" if error.status < 500 else "Receiver"
                response.headers["x-amzn-query-error"] = f"{query_code(error.code)};{fault}"
        for name in [name for name in response.headers if name.lower() in ("x-amzn-requestid", "date")]:
            del response.headers[name]
        response.headers["x-amzn-RequestId"] = request_id
        response.headers["Date"] = formatdate(self.world.wall(), usegmt=True)
        if response.status >= 400:
            record["error"] = _error_code(response)
        return response

    async def _carry_out(self, request: Request, operation: Operation, scope: Optional[Scope],
                         record: Dict[str, Any], hands_out_keys: bool) -> Response:
        """Judge the request, let a fault act, let the service answer."""
        region = scope.region if scope else "us-east-1"
        params: Dict[str, Any] = {}
        resource = "*"
        key = ANYBODY
        if not hands_out_keys:
            key = self._authenticate(request, operation, scope)
            params = self._validate(request, operation, record)
            if operation.service in self.own:
                resource = self.own[operation.service].resource(operation.name, params, key.account, region)

        rule = self.world.faults.take(operation, region, scope.access_key if scope else "", request)
        action = rule["action"] if rule else None
        if rule and action:
            record["fault"] = rule.get("name") or action["type"]
            if action.get("delay") or action["type"] == "hang":
                await asyncio.sleep(action.get("seconds", 3600) if action["type"] == "hang" else action["delay"])
            refused = denied(key, operation, resource,
                             f"because no identity-based policy allows the {operation.action} action")
            instead = faults.instead(action, operation, refused)
            if instead is not None:
                return instead
        self.world.limits.check(operation, key, region)
        self.world.access.permit(key, operation, resource)
        self.world.advance()
        if hands_out_keys:
            response = self.credentials.answer(operation, request)
        elif operation.service in self.own:
            response = self.own[operation.service].answer(operation.name, params, key, region)
        else:
            seen = registry.answer(self.world, operation.name, params, key.account, region) if operation.service == "ecr" else None
            response = seen or self.moto.answer(request, operation, key)
        return faults.afterwards(action, response) if action else response

    def _authenticate(self, request: Request, operation: Operation, scope: Optional[Scope]) -> Key:
        if scope is None:
            if form_of(request).get("Action") in UNSIGNED:
                return ANYBODY
            kind = "malformed" if "authorization" in request.headers else "unsigned"
            raise of_kind(kind, "Authorization header is malformed" if kind == "malformed"
                          else "Missing Authentication Token", operation.service, operation.protocol)
        try:
            return self.world.access.authenticate(scope, request, self.world.wall(), self.world.config["verify"])
        except SignatureError as error:
            raise of_kind(error.kind, str(error), operation.service, operation.protocol) from None

    def _validate(self, request: Request, operation: Operation, record: Dict[str, Any]) -> Dict[str, Any]:
        if operation.model is None:
            record["invalid"] = [f"no such operation: {operation.service or 'unknown service'} {operation.name}"]
            raise of_kind("unknown-operation", f"Could not find operation '{operation.name}'",
                          operation.service, operation.protocol)
        mode = self.world.config["validate"]
        params, problems = validate.check(operation, request)
        record["params"] = params if len(request.body) <= 20_000 else {"": f"{len(request.body)} bytes"}
        if problems and mode != "off":
            record["invalid"] = [str(problem) for problem in problems]
            if mode == "strict":
                raise validate.refusal(operation, problems)
        return params


def _own_fault(caught: Exception, operation: Operation) -> AwsError:
    """An error of the sandbox itself: as AWS would tell it, and loud."""
    traceback.print_exc()
    return of_kind("internal", f"sandbox: {type(caught).__name__}: {caught}", operation.service, operation.protocol)


def _error_code(response: Response) -> str:
    named = response.headers.get("x-amzn-ErrorType", "")
    if named:
        return named.partition(":")[0]
    match = _ERROR_CODE.search(response.body)
    return (match[1] or match[2]).decode() if match else ""


