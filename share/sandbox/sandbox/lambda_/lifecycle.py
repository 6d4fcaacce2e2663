"""What happens to functions between requests: Pending to Active, InProgress to Successful, or Failed.

Developer guide: "Lambda function states". Tests say how it goes by rules of the control API's `lambda`; the newest
that matches when a transition begins counts:

    {"match": {"function": "^hello$", "on": "update"}, "fail": "ImageAccessDenied", "reason": "...", "after": 2,
     "skip": 1, "times": 1}

`on` is create, update (code or configuration), code, configuration, publish, provision, mapping or invoke.
"""

import re
from typing import Any, Callable, Dict, List, Optional

from ..protocol import service_model
from .common import conflict
from .model import Function, Version

KINDS = ("create", "code", "configuration", "publish", "provision", "mapping", "invoke")
SET_MEMBERS = {"function", "version", "state", "code", "reason", "region", "account"}
RULE_MEMBERS = {"match", "fail", "reason", "after", "skip", "times", "never", "payload", "error"}
MATCH_MEMBERS = {"function", "on", "version"}
# Shown as StateReason and LastUpdateStatusReason unless a test gives another.
REASONS = {
    "SubnetOutOfIPAddresses": "Lambda was not able to set up VPC access because one or more subnets have no available IP "
                              "addresses.",
    "ImageAccessDenied": "Lambda does not have permission to access the ECR image. Check the ECR permissions.",
    "ImageDeleted": "The image that the function uses was deleted.",
    "InvalidImage": "The image manifest, config or layer media type is not supported.",
    "EniLimitExceeded": "Lambda was not able to create an ENI in the VPC of the Lambda function because the limit for "
                        "Network Interfaces has been reached.",
    "InsufficientRolePermissions": "The function's execution role does not have permissions to call CreateNetworkInterface "
                                   "on EC2.",
}


def check_rule(rule: Dict[str, Any]) -> None:
    """Refuse what no transition could follow (ValueError)."""
    on = rule.get("match", {}).get("on", "create")
    if on not in (*KINDS, "update"):
        raise ValueError(f"on must be one of {', '.join(KINDS)}, update")
    if rule.get("fail") is not None and on not in ("provision", "mapping", "invoke"):
        model = service_model("lambda")
        assert model is not None
        known = model.shape_for("StateReasonCode" if on in ("create", "publish") else "LastUpdateStatusReasonCode").enum
        if rule["fail"] not in known:
            raise ValueError(f"fail must be one of {', '.join(known)}")
    for name in ("function", "version"):
        re.compile(rule.get("match", {}).get(name, ""))


class Lifecycle:
    def __init__(self, world: Any, routing: Any) -> None:
        self.world = world
        self.routing = routing
        self.rules: List[Dict[str, Any]] = []    # newest first

    def reset(self) -> None:
        self.rules.clear()

    def rule_for(self, kind: str, function: str, version: str = "") -> Dict[str, Any]:
        """The rule that counts for this transition, which has one turn less now."""
        for rule in self.rules:
            match = rule.get("match", {})
            on = match.get("on")
            if on not in (None, kind) and not (on == "update" and kind in ("code", "configuration")):
                continue
            if on is None and kind == "invoke":
                continue
            if not re.search(match.get("function", ""), function) or not re.search(match.get("version", ""), version):
                continue
            rule["seen"] = rule.get("seen", 0) + 1
            turn = rule["seen"] - rule.get("skip", 0)
            if turn <= 0 or turn > rule.get("times", turn):
                continue
            return rule
        return {}

    def after(self, rule: Dict[str, Any], timing: str, action: Callable[[], None]) -> None:
        if not rule.get("never"):
            self.world.timers.after(round(rule["after"] * 1000) if "after" in rule else self.world.ms(timing), action)

    # ---- functions

    def created(self, function: Function, published: Optional[Version]) -> None:
        rule = self.rule_for("create", function.name)
        versions = [function.latest, *([published] if published else [])]
        self.after(rule, "lambda", lambda: [self._settle(version, rule, True) for version in versions])

    def begin_update(self, version: Version, kind: str) -> Dict[str, Any]:
        version.update, version.update_reason, version.update_code = "InProgress", "The function is being created.", "Creating"
        version.modified = self.world.date()
        version.changed()
        return self.rule_for(kind, version.function.name)

    def updating(self, version: Version, kind: str, published: Optional[Version]) -> None:
        """$LATEST has changed and is InProgress; `published` becomes Active with it."""
        rule = self.begin_update(version, kind)

        def done() -> None:
            self._settle(version, rule, False)
            if published:
                self._settle(published, rule, True)
        self.after(rule, "lambda_update", done)

    def published(self, version: Version) -> None:
        rule = self.rule_for("publish", version.function.name, version.number)
        if not rule and not self.world.ms("lambda_version"):
            self._settle(version, rule, True)
        else:
            self.after(rule, "lambda_version", lambda: self._settle(version, rule, True))

    def settle(self, version: Version) -> None:
        """Active at once."""
        self._settle(version, {}, True)

    def _settle(self, version: Version, rule: Dict[str, Any], fresh: bool) -> None:
        """End a transition, well or as the rule says."""
        function = version.function
        if function.deleted or (version is not function.latest and version.number not in function.versions):
            return
        code = rule.get("fail")
        reason = (rule.get("reason") or REASONS.get(code, f"The operation failed: {code}")) if code else None
        if fresh or (version.state == "Inactive" and not code):
            version.state, version.state_reason, version.state_code = "Failed" if code else "Active", reason, code
        version.update, version.update_reason, version.update_code = "Failed" if code else "Successful", reason, code
        version.changed()
        self.routing.look(function, f"{function.name}:{version.number} became {version.state}")

    def set_state(self, function: Function, what: Dict[str, Any]) -> None:
        """{"function", "version", "state", "code", "reason"}: a state that comes by itself, like Inactive."""
        version = function.version(what.get("version"))
        model = service_model("lambda")
        assert model is not None
        if version is None or what.get("state") not in model.shape_for("State").enum:
            raise ValueError("no such version" if version is None else
                             f"state must be one of {', '.join(model.shape_for('State').enum)}")
        version.state, version.state_code, version.state_reason = what["state"], what.get("code"), what.get("reason")
        version.changed()
        self.routing.look(function, f"{function.name}:{version.number} became {version.state}")

    def wake(self, version: Version) -> None:
        """Somebody invokes an Inactive function: it is Pending while its resources come back ("Lambda function states")."""
        version.state, version.state_code = "Pending", "Restoring"
        version.state_reason = "The function is being restored."
        version.changed()
        self.after(self.rule_for("create", version.function.name), "lambda", lambda: self._settle(version, {}, True))


def check_idle(function: Function) -> None:
    """409 while the function is being made or changed ("Lambda function states")."""
    latest = function.latest
    if latest.state not in ("Active", "Inactive"):
        raise conflict("The operation cannot be performed at this time. The function is currently in the following state: "
                       + latest.state)
    if latest.update == "InProgress":
        raise conflict("The operation cannot be performed at this time. An update is in progress for resource: "
                       + function.arn)
