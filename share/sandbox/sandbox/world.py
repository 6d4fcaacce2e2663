"""All that one sandbox holds. Nothing else has state (but moto's own backends)."""

import asyncio
import time
from typing import Any, Dict, List

from .access import Access
from .alarms import Alarms
from .calls import Calls
from .clock import Clock, Timers
from .faults import Faults
from .traffic import Traffic

# How long things take, in seconds of sandbox time. A service of healthy tasks
# is stable after schedule + provision + pull + activate + healthy: 0.35 s.
TIMING: Dict[str, Any] = {
    "schedule": 0.03,       # the scheduler notices a change of a service
    "provision": 0.06,      # PROVISIONING: network interface
    "pull": 0.10,           # PENDING: image
    "activate": 0.06,       # ACTIVATING: target groups
    "healthy": 0.10,        # RUNNING until it counts as healthy (AWS: 40 s, or health checks)
    "stop": 0.05,           # SIGTERM to exit (AWS: up to stopTimeout, 30 s)
    "deprovision": 0.03,
    "drain": 0.10,          # a target's deregistration delay (AWS: 300 s); null: the target group's own
    "retry": 0.15,          # after a failed task, doubled from the 6th in a row on
    "retry_max": 30.0,      # (AWS: up to 15 minutes)
    "place": 0.30,          # until the next try to place what found no room
    "log": 0.0,             # until a container's lines are in its stream
    "stopped_kept": 3600.0,  # a stopped task is described for so long
    "target_healthy": 0.10,  # a registered target is `initial` for so long
    "target_replaced": 0.20,  # ECS stops a task whose target became unhealthy
    "stage": 0.05,          # each stage of a native deployment takes at least so long
    "minute": 60.0,         # one minute of bake times and hooks' timeouts
    "hook": 0.05,           # a lifecycle hook's Lambda function answers
    "hook_again": 0.20,     # and is asked again when it says IN_PROGRESS (AWS: 30 s)
    "lambda": 0.20,         # a function is Pending
    "lambda_update": 0.10,  # InProgress
    "lambda_version": 0.05,  # a published version is Pending; 0: Active at once
    "mapping": 0.10,        # an event source mapping is Creating, Updating, Enabling, Disabling or Deleting
    "provisioned": 0.20,    # provisioned concurrency is IN_PROGRESS
    "deployment": 0.05,     # a deployment of API Gateway is PENDING
    "permission": 0.0,      # until other services see AddPermission's statement
    "table": 0.05,          # a table is CREATING
}


def default_config() -> Dict[str, Any]:
    return {
        "verify": True,            # signatures
        "validate": "strict",      # strict: refuse; record: note it in calls; off
        "skew": 0.0,               # seconds the sandbox's wall clock is ahead
        "log_groups": "create",    # awslogs groups: create them, or `require` them as AWS does
        "fresh_task_sets": "stabilizing",   # or `steady`: they look so until the scheduler's first look
        "rate_limits": False,      # throttle at AWS's published rates, see limits.py
        "lambda_request_bytes": 70_167_211,     # largest ZipFile, in base64
        "lambda_unzipped_bytes": 262_144_000,   # largest function, layers included
        "credentials_last": 3600,  # seconds, those of credentials.py
        "container_token": None,   # Authorization due at the container endpoint
        "sso_token": "sso-token",  # bearer token due at the SSO portal
    }


class World:
    def __init__(self) -> None:
        self.clock = Clock()
        self.timers = Timers()
        self.access = Access()
        self.calls = Calls()
        self.faults = Faults()
        self.traffic = Traffic(self)           # what load balancers' rules do with requests
        self.alarms = Alarms(self)
        self.timing: Dict[str, Any] = {}
        self.config: Dict[str, Any] = {}
        self.behaviours: List[Dict[str, Any]] = []
        self.capacity: Dict[str, int] = {}     # provider or launch type -> most live tasks
        self.addresses: Dict[str, int] = {}    # subnet -> most network interfaces
        self.hooks: List[Dict[str, Any]] = []  # what lifecycle hooks answer, see ecs/hooks.py
        self.images: Dict[str, Any] = {}       # URI of ECR -> digest, None: not there; see lambda_/code.py
        self.ecs: Any = None                   # ecs.api.Ecs, set by the pipeline
        self.lambda_: Any = None               # lambda_.api.Lambda, also
        self.apigateway: Any = None            # apigateway.api.ApiGateway, also
        self.limits: Any = None                # limits.Limits, also
        self.changed = asyncio.Event()
        self._reset_settings()

    def _reset_settings(self) -> None:
        self.timing.clear()
        self.timing.update(TIMING)
        self.config.clear()
        self.config.update(default_config())
        self.behaviours.clear()
        self.capacity.clear()
        self.addresses.clear()
        self.hooks.clear()
        self.images.clear()

    def reset(self, speed: float = 1.0, manual: bool = False) -> None:
        """As freshly started; the port, the process and open connections stay."""
        self._reset_settings()
        self.clock.reset(speed, manual)
        self.timers.reset()
        self.access.reset()
        self.calls.clear()
        self.faults.clear()
        self.ecs.reset()
        self.lambda_.reset()
        self.apigateway.reset()
        self.traffic.reset()
        self.alarms.reset()
        self.limits.clear()
        self.notify()

    def ms(self, name: str) -> int:
        return round(self.timing[name] * 1000)

    def advance(self) -> None:
        """Let happen what is due by now."""
        if self.timers.run_until(self.clock.now()):
            self.notify()

    def notify(self) -> None:
        """Wake those who wait for a condition."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def wall(self) -> float:
        """The real date as this sandbox has it, for signatures and Date headers."""
        return time.time() + self.config["skew"]

    def date(self) -> float:
        """Epoch seconds of the instant being replayed."""
        return self.clock.epoch(self.timers.now)
