"""The operations of ECS: one table, one store for each account and region."""

import json
from typing import Any, Callable, Dict, List, Tuple

from ..access import Key
from ..errors import AwsError, of_kind
from ..http import Response
from ..world import World
from . import clusters, definitions, services, service_deployments, tags, task_sets, tasks
from .model import Cluster, Service, Task, TaskDefinition, short
from .scheduler import Scheduler

Handler = Callable[["Context", Dict[str, Any]], Dict[str, Any]]

OPERATIONS: Dict[str, Handler] = {
    **clusters.OPERATIONS,
    **definitions.OPERATIONS,
    **services.OPERATIONS,
    **service_deployments.OPERATIONS,
    **task_sets.OPERATIONS,
    **tasks.OPERATIONS,
    **tags.OPERATIONS,
}


class Store:
    """What one account has in one region."""

    def __init__(self, world: World, account: str, region: str) -> None:
        self.world = world
        self.account = account
        self.region = region
        self.clusters: Dict[str, Cluster] = {}
        self.families: Dict[str, List[TaskDefinition]] = {}    # index: revision - 1
        self.live_on: Dict[str, int] = {}          # live tasks by provider or launch type
        self.interfaces: Dict[str, int] = {}       # live addresses by subnet

    @property
    def partition(self) -> str:
        return "aws-cn" if self.region.startswith("cn-") else "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, rest: str) -> str:
        return f"arn:{self.partition}:ecs:{self.region}:{self.account}:{rest}"

    def cluster(self, params: Dict[str, Any]) -> Cluster:
        name = short(params.get("cluster") or "default")
        cluster = self.clusters.get(name)
        if cluster is None or cluster.status == "INACTIVE":
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        return cluster

    def service(self, params: Dict[str, Any]) -> Service:
        service = self.cluster(params).services.get(short(params["service"]))
        if service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        return service

    # Counts kept as tasks come and go, so that nobody has to look at them all.

    def count(self, task: Task, step: int) -> None:
        place = task.provider or task.launch_type
        self.live_on[place] = self.live_on.get(place, 0) + step
        if task.address:
            self.interfaces[task.subnet] = self.interfaces.get(task.subnet, 0) + step

    def pick_subnet(self, subnets: List[str]) -> Tuple[str, bool]:
        """The subnet with the fewest of our addresses that has one left, and whether it has."""
        def free(subnet: str) -> bool:
            limit = self.world.addresses.get(subnet)
            return limit is None or self.interfaces.get(subnet, 0) < limit
        usable = [subnet for subnet in subnets if free(subnet)]
        if not usable:
            return subnets[0], False
        return min(usable, key=lambda subnet: self.interfaces.get(subnet, 0)), True


class Context:
    """What a handler is given beside its parameters."""

    def __init__(self, ecs: "Ecs", store: Store, caller: str) -> None:
        self.ecs = ecs
        self.world = ecs.world
        self.scheduler = ecs.scheduler
        self.store = store
        self.caller = caller     # ARN


class Ecs:
    def __init__(self, world: World) -> None:
        self.world = world
        self.scheduler = Scheduler(world)
        self.reset()

    def reset(self) -> None:
        self.stores: Dict[Tuple[str, str], Store] = {}

    def store(self, account: str, region: str) -> Store:
        if (account, region) not in self.stores:
            self.stores[account, region] = Store(self.world, account, region)
        return self.stores[account, region]

    def context(self, account: str, region: str, caller: str = "") -> Context:
        return Context(self, self.store(account, region), caller or f"arn:aws:iam::{account}:root")

    def answer(self, operation: str, params: Dict[str, Any], key: Key, region: str) -> Response:
        handler = OPERATIONS.get(operation)
        if handler is None:
            raise of_kind("unknown-operation", f"{operation} is not implemented in the sandbox", "ecs")
        result = handler(self.context(key.account, region, key.arn), params)
        return Response(200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(result).encode())

    def resource(self, operation: str, params: Dict[str, Any], account: str, region: str) -> str:
        """The ARN a denial names."""
        store = self.store(account, region)
        cluster = short(str(params.get("cluster") or "default"))
        name = params.get("service") or params.get("serviceName")
        if isinstance(name, str) and "Service" in operation:
            return store.arn(f"service/{cluster}/{short(name)}")
        if operation in ("CreateCluster", "ListTasks", "DescribeClusters"):
            return store.arn(f"cluster/{cluster}")
        return "*"
