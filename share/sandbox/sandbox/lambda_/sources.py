"""What each kind of event source takes and refuses.

API reference of CreateEventSourceMapping (which names the kinds for each member) and the developer guide's page on
each kind.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, List, Optional

from .common import invalid

ALWAYS = frozenset({"FunctionName", "EventSourceArn", "Enabled", "BatchSize", "FilterCriteria", "KMSKeyArn", "Tags",
                    "MaximumBatchingWindowInSeconds", "MetricsConfig", "LoggingConfig"})
STREAM = frozenset({"StartingPosition", "StartingPositionTimestamp", "ParallelizationFactor", "DestinationConfig",
                    "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts",
                    "TumblingWindowInSeconds", "FunctionResponseTypes"})
KAFKA = frozenset({"StartingPosition", "StartingPositionTimestamp", "DestinationConfig", "Topics",
                   "SourceAccessConfigurations", "ProvisionedPollerConfig", "BisectBatchOnFunctionError",
                   "MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "FunctionResponseTypes"})
POSITIONS = ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")


@dataclass(frozen=True)
class Kind:
    name: str
    members: FrozenSet[str]                     # beside ALWAYS
    required: FrozenSet[str] = frozenset()
    positions: tuple = ()                       # of StartingPosition; none: it is refused
    batch: int = 100                            # BatchSize by default
    largest: int = 10000
    window: float = 0                           # MaximumBatchingWindowInSeconds by default


SQS = Kind("SQS", frozenset({"ScalingConfig", "FunctionResponseTypes", "ProvisionedPollerConfig"}), batch=10)
FIFO = Kind("SQS FIFO", frozenset({"ScalingConfig", "FunctionResponseTypes", "ProvisionedPollerConfig"}), batch=10, largest=10)
KINESIS = Kind("Kinesis", STREAM, frozenset({"StartingPosition"}), POSITIONS)
DYNAMODB = Kind("DynamoDB", STREAM, frozenset({"StartingPosition"}), POSITIONS[:2])
MSK = Kind("Kafka", KAFKA | {"AmazonManagedKafkaEventSourceConfig"}, frozenset({"StartingPosition", "Topics"}), POSITIONS)
SELF_MANAGED = Kind("self-managed Kafka", KAFKA | {"SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig"},
                    frozenset({"Topics", "StartingPosition"}), POSITIONS)
MQ = Kind("Amazon MQ", frozenset({"Queues", "SourceAccessConfigurations"}),
          frozenset({"Queues", "SourceAccessConfigurations"}))
DOCUMENTDB = Kind("DocumentDB", frozenset({"StartingPosition", "StartingPositionTimestamp", "SourceAccessConfigurations",
                                           "DocumentDBEventSourceConfig"}),
                  frozenset({"StartingPosition", "SourceAccessConfigurations", "DocumentDBEventSourceConfig"}), POSITIONS)

_ARNS = (
    (re.compile(r"arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]+\.fifo"), FIFO),
    (re.compile(r"arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]+"), SQS),
    (re.compile(r"arn:aws[\w-]*:kinesis:[\w-]+:\d{12}:stream/[\w.-]+(/consumer/[\w.:-]+)?"), KINESIS),
    (re.compile(r"arn:aws[\w-]*:dynamodb:[\w-]+:\d{12}:table/[\w.-]+/stream/.+"), DYNAMODB),
    (re.compile(r"arn:aws[\w-]*:kafka:[\w-]+:\d{12}:cluster/.+"), MSK),
    (re.compile(r"arn:aws[\w-]*:mq:[\w-]+:\d{12}:broker:.+"), MQ),
    (re.compile(r"arn:aws[\w-]*:rds:[\w-]+:\d{12}:cluster:.+"), DOCUMENTDB),
)


def kind_of(params: Dict[str, Any], region: str) -> Kind:
    arn, own = params.get("EventSourceArn"), params.get("SelfManagedEventSource")
    if bool(arn) == bool(own):
        raise invalid("Exactly one of EventSourceArn and SelfManagedEventSource must be given.")
    if own:
        servers = (own.get("Endpoints") or {}).get("KAFKA_BOOTSTRAP_SERVERS")
        if not servers:
            raise invalid("SelfManagedEventSource needs Endpoints with KAFKA_BOOTSTRAP_SERVERS.")
        return SELF_MANAGED
    assert arn is not None
    for pattern, kind in _ARNS:
        if pattern.fullmatch(arn):
            if arn.split(":")[3] != region:
                raise invalid(f"The event source {arn} must be in the region of the function: {region}")
            return kind
    raise invalid(f"Unrecognized event source: {arn}")


def check(kind: Kind, params: Dict[str, Any], config: Dict[str, Any]) -> None:
    """Refuse what this kind of source doesn't take: what was asked for, and the settings as they would be."""
    given = {name for name, value in params.items() if value is not None}
    for name in sorted(kind.required):
        if config.get(name) in (None, [], {}):
            raise invalid(f"1 validation error detected: Value null at '{name[0].lower() + name[1:]}' failed to satisfy "
                          "constraint: Member must not be null.")
    for name in sorted(given - kind.members - ALWAYS - {"UUID"}):
        raise invalid(f"{name} is not valid for {kind.name} event sources.")
    _check_position(kind, config)
    _check_batches(kind, config)
    attempts, age = config.get("MaximumRetryAttempts"), config.get("MaximumRecordAgeInSeconds")
    if age is not None and age != -1 and age < 60:
        raise invalid("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.")
    if attempts is not None and attempts < -1:
        raise invalid("MaximumRetryAttempts must be at least -1.")
    if kind is DOCUMENTDB and not config["DocumentDBEventSourceConfig"].get("DatabaseName"):
        raise invalid("DocumentDBEventSourceConfig needs a DatabaseName.")
    if config.get("ScalingConfig") and config.get("ProvisionedPollerConfig"):
        raise invalid("ScalingConfig and ProvisionedPollerConfig cannot be used together.")
    if config.get("TumblingWindowInSeconds") and (config.get("ParallelizationFactor") or 1) > 1:
        raise invalid("Tumbling windows need a ParallelizationFactor of 1.")
    _check_filters((config.get("FilterCriteria") or {}).get("Filters") or [])


def _check_position(kind: Kind, config: Dict[str, Any]) -> None:
    position = config.get("StartingPosition")
    if position and position not in kind.positions:
        raise invalid(f"Unsupported starting position for arn type: {config.get('EventSourceArn')}")
    if (position == "AT_TIMESTAMP") != (config.get("StartingPositionTimestamp") is not None):
        raise invalid("StartingPositionTimestamp must be given for the starting position AT_TIMESTAMP, and only then.")


def _check_batches(kind: Kind, config: Dict[str, Any]) -> None:
    batch, window = config["BatchSize"], config["MaximumBatchingWindowInSeconds"]
    if kind is FIFO and window:
        raise invalid("Batching window is not supported for FIFO queues.")
    if batch > kind.largest:
        raise invalid(f"BatchSize must be at most {kind.largest} for {kind.name} event sources.")
    if kind is SQS and batch > 10 and window < 1:
        raise invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")


def _check_filters(filters: List[Dict[str, Any]]) -> None:
    if len(filters) > 5:
        raise invalid("The number of filters must be at most 5.")
    for item in filters:
        try:
            pattern: Optional[Any] = json.loads(item.get("Pattern") or "{}")
        except ValueError:
            pattern = None
        if not isinstance(pattern, dict):
            raise invalid("Invalid filter pattern definition.")
