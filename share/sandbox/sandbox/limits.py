"""AWS's published request rates, when `config {"rate_limits": true}` asks for them.

Burst and sustained rate per account and region: "Request throttling for the
Amazon ECS API", "Throttling quotas" of Elastic Load Balancing, Lambda and
CloudWatch. Where nothing is published there is no limit here.
"""

import re
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from .access import Key
from .errors import of_kind
from .protocol import Operation
from .world import World

# (group, service, operations, burst, requests a second); every row that
# matches an operation applies.
LIMITS: List[Tuple[str, str, str, float, float]] = [
    ("ecs service changes", "ecs", "(Create|Update|Delete)Service", 50, 5),
    ("ecs service reads", "ecs", "(DescribeServices|ListServices)", 100, 20),
    ("ecs task reads", "ecs", "(DescribeTasks|ListTasks|DescribeContainerInstances|ListContainerInstances)", 100, 20),
    ("ecs task definition changes", "ecs", "(Register|Deregister)TaskDefinition", 20, 1),
    ("ecs task definition reads", "ecs", "(DescribeTaskDefinition|ListTaskDefinition.*)", 50, 20),
    ("ecs task definition deletions", "ecs", "DeleteTaskDefinitions", 5, 1),
    ("ecs service deployments", "ecs", "(List|Describe)ServiceDeployments", 50, 20),
    ("ecs service revisions", "ecs", "DescribeServiceRevisions", 50, 20),
    ("ecs tag changes", "ecs", "(Tag|Untag)Resource", 20, 10),
    ("ecs tag reads", "ecs", "ListTagsForResource", 50, 20),
    ("ecs cluster reads", "ecs", "(DescribeClusters|ListClusters|DescribeCapacityProviders)", 50, 20),
    ("ecs tasks", "ecs", "(StopTask|RunTask)", 100, 40),
    ("elb reads", "elbv2", "Describe.*", 40, 10),
    ("elb", "elbv2", ".*", 40, 10),
    ("elb changes", "elbv2", "(Modify|Create|Delete|Set).*", 20, 3),
    ("elb targets", "elbv2", "(Register|Deregister)Targets", 20, 4),
    ("lambda GetFunction", "lambda", "GetFunction", 100, 100),
    ("lambda GetPolicy", "lambda", "GetPolicy", 15, 15),
    ("lambda", "lambda", "(?!GetFunction$|GetPolicy$|Invoke).*", 15, 15),
    ("cloudwatch alarms", "cloudwatch", "DescribeAlarms", 9, 9),
]


@dataclass
class Bucket:
    """Holds `tokens` as of `at` (sandbox ms); a request takes one."""

    tokens: float
    at: int

    def take(self, now: int, burst: float, rate: float) -> bool:
        self.tokens = min(burst, self.tokens + (now - self.at) * rate / 1000)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Limits:
    def __init__(self, world: World) -> None:
        self.world = world
        self._buckets: Dict[Tuple[str, str, str], Bucket] = {}

    def clear(self) -> None:
        self._buckets.clear()

    def check(self, operation: Operation, key: Key, region: str) -> None:
        """Raise the service's throttling error when a bucket is empty."""
        if not self.world.config["rate_limits"]:
            return
        group = self._exhausted(operation, key.account, region)
        if group:
            raise of_kind("throttle", f"Rate exceeded ({group})", operation.service, operation.protocol)

    def _exhausted(self, operation: Operation, account: str, region: str) -> Optional[str]:
        now = self.world.clock.now()
        for group, service, operations, burst, rate in LIMITS:
            if service != operation.service or not re.fullmatch(operations, operation.name):
                continue
            bucket = self._buckets.setdefault((account, region, group), Bucket(burst, now))
            if not bucket.take(now, burst, rate):
                return group
        return None
