"""Lifecycle hooks of native deployments: Lambda functions whose answers tests choose, and pauses.

Developer guide: "Lifecycle hooks for Amazon ECS service deployments", "Lambda hooks", "Pause hooks".
A rule of the control API, the first that matches and has turns left counts:

    {"function": "check", "stage": "POST_SCALE_UP", "result": "FAILED", "after": 1, "times": 1}
"""

import re
import uuid
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from .common import invalid

RESULTS = ("SUCCEEDED", "FAILED", "IN_PROGRESS")
RULE_MEMBERS = {"function", "stage", "result", "after", "times"}
NO_PAUSE = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
DEFAULT_TIMEOUT_MINUTES = 1440


@dataclass(eq=False)
class Hook:
    """One hook at one stage."""

    id: str
    kind: str
    target: Optional[str]
    stage: str
    status: str
    expires_at: int                # sandbox ms
    expires_date: float
    timeout_action: str

    @property
    def done(self) -> bool:
        return self.status == "SUCCEEDED"

    def wire(self) -> Dict[str, Any]:
        shown = {"hookId": self.id, "targetType": self.kind, "status": self.status, "expiresAt": self.expires_date,
                 "timeoutAction": self.timeout_action}
        if self.target:
            shown["targetArn"] = self.target
        return shown


def check(hooks: List[Dict[str, Any]]) -> None:
    for hook in hooks:
        kind = hook.get("targetType") or "AWS_LAMBDA"
        if not hook.get("lifecycleStages"):
            raise invalid("lifecycleStages must be specified for a lifecycle hook.")
        if kind == "AWS_LAMBDA" and not (hook.get("hookTargetArn") and hook.get("roleArn")):
            raise invalid("hookTargetArn and roleArn must be specified for an AWS_LAMBDA lifecycle hook.")
        if kind == "PAUSE" and hook.get("hookTargetArn"):
            raise invalid("hookTargetArn is not applicable for PAUSE lifecycle hooks.")
        if kind == "PAUSE" and any(stage in NO_PAUSE for stage in hook["lifecycleStages"]):
            raise invalid("PAUSE hooks cannot be configured at TEST_TRAFFIC_SHIFT or PRODUCTION_TRAFFIC_SHIFT stages.")


def begin(world: Any, configured: List[Dict[str, Any]], stage: str, poke: Any) -> List[Hook]:
    """The hooks of a stage that begins; poke() is called when one has news."""
    started = []
    for hook in configured:
        if stage not in hook["lifecycleStages"]:
            continue
        kind = hook.get("targetType") or "AWS_LAMBDA"
        timeout = hook.get("timeoutConfiguration") or {}
        wait = round(timeout.get("timeoutInMinutes", DEFAULT_TIMEOUT_MINUTES) * world.ms("minute"))
        started.append(Hook(
            f"ecs-{'pause' if kind == 'PAUSE' else 'lambda'}-{uuid.uuid4().hex}", kind, hook.get("hookTargetArn"), stage,
            "AWAITING_ACTION" if kind == "PAUSE" else "IN_PROGRESS", world.timers.now + wait,
            world.clock.epoch(world.timers.now + wait), timeout.get("action", "ROLLBACK")))
        if kind != "PAUSE":
            _invoke(world, started[-1], poke)
        world.timers.after(wait, poke)
    return started


def _invoke(world: Any, hook: Hook, poke: Any) -> None:
    rule = _rule(world, hook)
    delay = world.ms("hook") if rule.get("after") is None else round(rule["after"] * 1000)

    def answer() -> None:
        result = rule.get("result", "SUCCEEDED")
        if hook.status != "IN_PROGRESS":
            return
        if result == "IN_PROGRESS":
            world.timers.after(world.ms("hook_again"), lambda: _invoke(world, hook, poke))
        else:
            hook.status = result
            poke()
    world.timers.after(delay, answer)


def _rule(world: Any, hook: Hook) -> Dict[str, Any]:
    for rule in world.hooks:
        if rule.get("times", 1) <= 0 or rule.get("stage") not in (None, hook.stage):
            continue
        if re.search(rule.get("function", ""), hook.target or ""):
            if "times" in rule:
                rule["times"] -= 1
            return rule
    return {}


def expire(world: Any, hooks: List[Hook]) -> None:
    """Those that took too long are TIMED_OUT, or count as done if so configured."""
    for hook in hooks:
        if hook.status in ("IN_PROGRESS", "AWAITING_ACTION") and world.timers.now >= hook.expires_at:
            hook.status = "SUCCEEDED" if hook.timeout_action == "CONTINUE" else "TIMED_OUT"


def failed(hooks: List[Hook]) -> Optional[Hook]:
    return next((hook for hook in hooks if hook.status in ("FAILED", "TIMED_OUT")), None)
