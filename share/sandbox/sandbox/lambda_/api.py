"""The operations of Lambda: one table, one store for each account and region."""

import json
from typing import Any, Callable, Dict, Optional, Tuple

from ..access import Key
from ..errors import AwsError, of_kind
from ..http import Response
from ..protocol import operation_model
from ..world import World
from . import aliases, extras, functions, invoke, layers, mappings, policy, versions
from .common import USER
from .lifecycle import Lifecycle
from .model import Function
from .routing import Routing
from .settings import LAYER

Handler = Callable[["Context", Dict[str, Any]], Any]

OPERATIONS: Dict[str, Handler] = {
    **functions.OPERATIONS,
    **versions.OPERATIONS,
    **aliases.OPERATIONS,
    **policy.OPERATIONS,
    **extras.OPERATIONS,
    **layers.OPERATIONS,
    **mappings.OPERATIONS,
    **invoke.OPERATIONS,
}


class Store:
    """What one account has in one region."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.functions: Dict[str, Function] = {}
        self.layers: Dict[str, Dict[int, Dict[str, Any]]] = {}       # name -> version -> layers.publish()
        self.layer_numbers: Dict[str, int] = {}                      # never given again
        self.mappings: Dict[str, mappings.Mapping] = {}              # by UUID
        self.signing_configs: Dict[str, Dict[str, Any]] = {}         # by ARN

    @property
    def partition(self) -> str:
        return "aws-cn" if self.region.startswith("cn-") else "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, rest: str) -> str:
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:{rest}"

    def layer_version(self, arn: str) -> Optional[Dict[str, Any]]:
        match = LAYER.fullmatch(arn)
        if match is None or match[2] != self.account:
            return None
        return self.layers.get(match[3], {}).get(int(match[4]))

    def layer_size(self, arn: str) -> int:
        layer = self.layer_version(arn)
        return layer["size"] if layer else 0

    def signing_config(self, arn: str) -> Dict[str, Any]:
        if arn not in self.signing_configs:
            raise AwsError("CodeSigningConfigNotFoundException", "The code signing configuration cannot be found. Check that "
                           "the provided configuration is not deleted: " + arn + ".", 404, dict(USER))
        return self.signing_configs[arn]


class Context:
    """What a handler is given beside its parameters."""

    def __init__(self, engine: "Lambda", store: Store) -> None:
        self.world = engine.world
        self.lifecycle = engine.lifecycle
        self.routing = engine.routing
        self.store = store


class Lambda:
    def __init__(self, world: World) -> None:
        self.world = world
        self.routing = Routing(world)
        self.lifecycle = Lifecycle(world, self.routing)
        self.reset()

    def reset(self) -> None:
        self.stores: Dict[Tuple[str, str], Store] = {}
        self.lifecycle.reset()

    def store(self, account: str, region: str) -> Store:
        if (account, region) not in self.stores:
            self.stores[account, region] = Store(account, region)
        return self.stores[account, region]

    def context(self, account: str, region: str) -> Context:
        return Context(self, self.store(account, region))

    def call(self, operation: str, params: Dict[str, Any], account: str, region: str) -> Any:
        """A request of the sandbox itself."""
        return OPERATIONS[operation](self.context(account, region), params)

    def answer(self, operation: str, params: Dict[str, Any], key: Key, region: str) -> Response:
        handler = OPERATIONS.get(operation)
        if handler is None:
            raise of_kind("unknown-operation", f"{operation} is not implemented in the sandbox", "lambda", "rest-json")
        result = handler(self.context(key.account, region), params)
        if isinstance(result, Response):
            return result
        model = operation_model("lambda", operation)
        assert model is not None
        status = 204 if result is None else model.http["responseCode"]
        return Response(status, {"Content-Type": "application/json"}, b"" if result is None else json.dumps(result).encode())

    def resource(self, _operation: str, params: Dict[str, Any], account: str, region: str) -> str:
        """The ARN a denial names."""
        name = params.get("FunctionName")
        if not isinstance(name, str):
            return "*"
        if name.startswith("arn:"):
            return name
        return self.store(account, region).arn("function:" + name.rpartition("function:")[2])
