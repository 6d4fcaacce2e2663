"""Every service without behaviour of our own: moto, behind our front end.

moto is imported when the first request for it arrives (0.5 s), or ahead of
time by the zygote.
"""

import io
import json
import os
import sys
import traceback
import types
from typing import Any, Dict, Iterable, List, Optional
from urllib.parse import unquote

from .access import Key
from .errors import AwsError, of_kind
from .http import Request, Response
from .protocol import Operation, service_model
from .world import World

# Loaded ahead by the zygote; others work too, only later.
WARM = ("elbv2", "cloudwatch", "secretsmanager", "ssm", "iam", "dynamodb", "s3", "logs", "ec2", "ecr",
        "application-autoscaling", "sqs", "events")


class MotoServices:
    def __init__(self, world: World) -> None:
        self.world = world
        self._app: Any = None

    @property
    def loaded(self) -> bool:
        return self._app is not None

    def load(self, *services: str) -> Any:
        """moto, with our changes to these services."""
        if self._app is None:
            os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
            _leave_out_openapi()
            from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
            from . import patches
            patches.use(self.world)
            self._app = DomainDispatcherApplication(create_backend_app)
        for service in services:
            from . import patches
            patches.prepare(service)
        return self._app

    def warm(self) -> None:
        """Import what tests are likely to use, before forking."""
        from moto.moto_server.werkzeug_app import create_backend_app
        self.load(*WARM)
        for service in WARM:
            create_backend_app(service)
            model = service_model(service)
            if model:
                model.operation_names

    def reset(self) -> None:
        base = sys.modules.get("moto.core.base_backend")
        if base:
            base.BackendDict.reset()

    def call(self, service: str, name: str, params: Dict[str, Any], account: str, region: str) -> None:
        """A request of the sandbox itself to a JSON service, which must succeed."""
        model = service_model(service)
        assert model is not None
        body = json.dumps(params).encode()
        request = Request("POST", "/", "", {
            "host": f"{service}.{region}.amazonaws.com", "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"{model.metadata['targetPrefix']}.{name}",
            "authorization": f"AWS4-HMAC-SHA256 Credential=SANDBOX/20260101/{region}/{model.signing_name}/aws4_request"},
            body)
        response = self.answer(request, Operation(service, name, "json"), Key("", "", "", account))
        if response.status != 200:
            raise ValueError(f"{service} {name}: {response.body.decode(errors='replace')}")

    def answer(self, request: Request, operation: Operation, key: Key) -> Response:
        app = self.load(operation.service)
        seen: Dict[str, Any] = {}

        def start_response(status: str, headers: List[Any], _exc: Any = None) -> None:
            seen.update(status=int(status.split()[0]), headers=dict(headers))

        try:
            body = b"".join(_consume(app(_environ(request, key.account), start_response)))
        except AwsError:    # a patch's
            raise
        except NotImplementedError:
            raise _not_implemented(operation) from None
        except Exception as error:
            traceback.print_exc()
            raise of_kind("internal", f"sandbox: {type(error).__name__}: {error}", operation.service,
                          operation.protocol) from None
        response = Response(seen["status"], seen["headers"], body)
        if operation.protocol == "json" and not _is_html(response):
            # moto: `text` for some services
            for name in [name for name in response.headers if name.lower() == "content-type"]:
                del response.headers[name]
            response.headers["Content-Type"] = request.headers.get("content-type", "application/x-amz-json-1.1")
        if response.status >= 400 and _is_html(response):
            if response.status == 500:
                sys.stderr.write(f"sandbox: {operation.service} {operation.name}: {body[:300]!r}\n")
            raise _not_implemented(operation)
        return response


def _consume(chunks: Iterable[bytes]) -> Iterable[bytes]:
    try:
        yield from chunks
    finally:
        close = getattr(chunks, "close", None)
        if close:
            close()


def _is_html(response: Response) -> bool:
    kind = next((value for name, value in response.headers.items() if name.lower() == "content-type"), "")
    return kind.startswith("text/html") and response.body.lstrip()[:5].lower() in (b"<!doc", b"<html")


def _not_implemented(operation: Operation) -> Exception:
    return of_kind("unknown-operation", f"{operation.name} is not implemented in the sandbox",
                   operation.service, operation.protocol)


def _environ(request: Request, account: str) -> Dict[str, Any]:
    raw = request.path + ("?" + request.query if request.query else "")
    environ: Dict[str, Any] = {
        "REQUEST_METHOD": request.method, "SCRIPT_NAME": "", "PATH_INFO": unquote(request.path, "latin-1"),
        "QUERY_STRING": request.query, "RAW_URI": raw, "REQUEST_URI": raw, "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(request.body)), "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body), "wsgi.errors": sys.stderr, "wsgi.multithread": False,
        "HTTP_X_MOTO_ACCOUNT_ID": account, "wsgi.multiprocess": False, "wsgi.run_once": False, "wsgi.input_terminated": True,
    }
    for name, value in request.headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


def _leave_out_openapi() -> None:
    """moto's API Gateway imports a validator of OpenAPI documents that brings
    twenty packages; nothing here imports such documents."""
    try:
        import openapi_spec_validator  # noqa: F401
        return
    except ImportError:
        pass

    class Unavailable(Exception):
        pass

    names: Dict[str, Optional[Dict[str, Any]]] = {
        "openapi_spec_validator": {"validate": _refuse, "validate_spec": _refuse, "OpenAPIV30SpecValidator": object},
        "openapi_spec_validator.validation": {},
        "openapi_spec_validator.validation.exceptions": {
            "OpenAPIValidationError": Unavailable, "OpenAPISpecValidatorError": Unavailable},
    }
    for name, members in names.items():
        module = types.ModuleType(name)
        for key, value in (members or {}).items():
            setattr(module, key, value)
        sys.modules[name] = module


def _refuse(*_args: Any, **_keywords: Any) -> None:
    raise NotImplementedError("OpenAPI documents")
