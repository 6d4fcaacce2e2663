"""Event source mappings: their states, and which may not be there twice.

Creating -> Enabled | Disabled; Updating, Enabling, Disabling after a change; Deleting, then gone. Changes within a
transition are refused. They belong to the account, not to the function: deleting it leaves them.
"""

from dataclasses import dataclass, field
from typing import Any, Dict, List

from ..errors import AwsError
from . import sources
from .common import USER, conflict, find, invalid, missing, new_id, page, parse_name
from .functions import check_tags

RESTING = ("Enabled", "Disabled")
# Members that an answer shows under another name, or not at all.
HIDDEN = ("FunctionName", "Enabled", "Tags", "UUID")


@dataclass(eq=False)
class Mapping:
    uuid: str
    arn: str
    kind: sources.Kind
    function_arn: str                   # with its alias or version, if it was made with one
    config: Dict[str, Any]
    enabled: bool
    state: str
    modified: float
    tags: Dict[str, str] = field(default_factory=dict)
    reason: str = "USER_INITIATED"

    def wire(self) -> Dict[str, Any]:
        return {**{name: value for name, value in self.config.items() if value is not None},
                "UUID": self.uuid, "EventSourceMappingArn": self.arn, "FunctionArn": self.function_arn,
                "State": self.state, "StateTransitionReason": self.reason, "LastModified": self.modified,
                "LastProcessingResult": "No records processed"}


def _resolve(ctx: Any, params: Dict[str, Any]) -> str:
    """The function's ARN as asked for: with the alias or version; it must be there."""
    function, qualifier = find(ctx, params)
    if qualifier is None:
        return function.arn
    if function.version(qualifier) is None:
        raise missing(f"Function not found: {function.arn}:{qualifier}")
    return f"{function.arn}:{qualifier}"


def _config(kind: sources.Kind, params: Dict[str, Any]) -> Dict[str, Any]:
    config = {name: value for name, value in params.items() if name not in HIDDEN and value is not None}
    config.setdefault("BatchSize", kind.batch)
    config.setdefault("MaximumBatchingWindowInSeconds", kind.window)
    if kind in (sources.KINESIS, sources.DYNAMODB):
        for name, value in (("ParallelizationFactor", 1), ("MaximumRecordAgeInSeconds", -1), ("MaximumRetryAttempts", -1),
                            ("BisectBatchOnFunctionError", False), ("TumblingWindowInSeconds", 0),
                            ("DestinationConfig", {"OnFailure": {}}), ("FunctionResponseTypes", [])):
            config.setdefault(name, value)
    if kind in (sources.MSK, sources.SELF_MANAGED, sources.DOCUMENTDB, sources.MQ):
        config.setdefault("SourceAccessConfigurations", [])
    return config


def create(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    kind = sources.kind_of(params, ctx.store.region)
    arn = _resolve(ctx, params)
    config = _config(kind, params)
    sources.check(kind, params, config)
    check_tags({}, params.get("Tags") or {})
    _check_single(ctx, kind, config, arn)
    uuid = new_id()
    enabled = params.get("Enabled") is not False
    mapping = Mapping(uuid, ctx.store.arn("event-source-mapping:" + uuid), kind, arn, config, enabled, "Creating",
                      ctx.world.date(), dict(params.get("Tags") or {}))
    ctx.store.mappings[uuid] = mapping
    _rest_later(ctx, mapping)
    return mapping.wire()


def _check_single(ctx: Any, kind: sources.Kind, config: Dict[str, Any], arn: str) -> None:
    """409 for a source and function that are mapped already; the message ends in that mapping's UUID."""
    same = ("EventSourceArn", "SelfManagedEventSource", "Topics", "Queues")
    for other in ctx.store.mappings.values():
        if other.function_arn != arn or any(other.config.get(name) != config.get(name) for name in same):
            continue
        source, function = config.get("EventSourceArn") or "self-managed", arn.partition(":function:")[2]
        if kind in (sources.SQS, sources.FIFO):
            text = f'An event source mapping with SQS arn (" {source} ") and function (" {function} ") already exists.'
        else:
            text = f'The event source arn (" {source} ") and function (" {function} ") provided mapping already exists.'
        raise conflict(f"{text} Please update or delete the existing mapping with UUID {other.uuid}")


def _rest_later(ctx: Any, mapping: Mapping) -> None:
    rule = ctx.lifecycle.rule_for("mapping", mapping.function_arn.split(":")[6])

    def rest() -> None:
        if mapping.state == "Deleting":
            ctx.store.mappings.pop(mapping.uuid, None)
            return
        mapping.state = "Enabled" if mapping.enabled else "Disabled"
        mapping.reason = rule.get("reason") or "USER_INITIATED"
        mapping.modified = ctx.world.date()
        if rule.get("fail"):
            mapping.state, mapping.enabled = "Disabled", False
            mapping.reason = rule.get("reason") or rule["fail"]
    ctx.lifecycle.after(rule, "mapping", rest)


def _find(ctx: Any, params: Dict[str, Any]) -> Mapping:
    mapping = ctx.store.mappings.get(params["UUID"])
    if mapping is None:
        raise missing("The resource you requested does not exist.")
    return mapping


def _check_resting(mapping: Mapping, verb: str) -> None:
    if mapping.state not in RESTING:
        raise AwsError("ResourceInUseException", f"Cannot {verb} the event source mapping because it is in use.", 400,
                       dict(USER))


def get(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return _find(ctx, params).wire()


def update(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    """Members left out stay."""
    mapping = _find(ctx, params)
    _check_resting(mapping, "update")
    arn = _resolve(ctx, params) if params.get("FunctionName") else mapping.function_arn
    changed = {name: value for name, value in params.items() if name not in HIDDEN and value is not None}
    config = {**mapping.config, **changed}
    sources.check(mapping.kind, params, config)
    if arn != mapping.function_arn:
        _check_single(ctx, mapping.kind, config, arn)
    enabled = mapping.enabled if params.get("Enabled") is None else params["Enabled"]
    if enabled != mapping.enabled:
        mapping.state = "Enabling" if enabled else "Disabling"
    else:
        mapping.state = "Updating"
    mapping.config, mapping.function_arn, mapping.enabled = config, arn, enabled
    mapping.modified = ctx.world.date()
    _rest_later(ctx, mapping)
    return mapping.wire()


def delete(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    mapping = _find(ctx, params)
    _check_resting(mapping, "delete")
    mapping.state = "Deleting"
    mapping.modified = ctx.world.date()
    _rest_later(ctx, mapping)
    return mapping.wire()


def list_(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    items: List[Mapping] = list(ctx.store.mappings.values())
    if params.get("FunctionName"):
        name, qualifier = parse_name(ctx, params)
        arn = ctx.store.arn("function:" + name)
        # Without a qualifier: all of the function's, whatever theirs.
        items = [item for item in items if (item.function_arn == f"{arn}:{qualifier}" if qualifier else
                                            item.function_arn == arn or item.function_arn.startswith(arn + ":"))]
    if params.get("EventSourceArn"):
        items = [item for item in items if item.config.get("EventSourceArn") == params["EventSourceArn"]]
    if params.get("MaxItems") is not None and params["MaxItems"] < 1:
        raise invalid("MaxItems must be at least 1.")
    return page([item.wire() for item in items], params, "EventSourceMappings", 100)


OPERATIONS = {
    "CreateEventSourceMapping": create,
    "GetEventSourceMapping": get,
    "UpdateEventSourceMapping": update,
    "DeleteEventSourceMapping": delete,
    "ListEventSourceMappings": list_,
}
