"""What several operations share: names, errors, pages, revisions."""

import re
import uuid
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional, Tuple

from ..errors import AwsError

LATEST = "$LATEST"
USER = {"Type": "User"}

_NAME = re.compile(r"(?:arn:(?P<partition>aws[\w-]*):lambda:)?(?:(?P<region>[a-z]{2}[a-z-]*-\d):)?(?:(?P<account>\d{12}):)?"
                   r"(?:function:)?(?P<name>[\w-]+)(?::(?P<qualifier>\$LATEST|[\w-]+))?")


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400, dict(USER))


def conflict(message: str) -> AwsError:
    return AwsError("ResourceConflictException", message, 409, dict(USER))


def missing(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404, dict(USER))


def check_revision(wanted: Optional[str], present: str, read_by: str) -> None:
    """412 when somebody else has changed the thing since."""
    if wanted and wanted != present:
        raise AwsError("PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call "
                       f"the {read_by} API to retrieve the latest Revision Id", 412, dict(USER))


def new_id() -> str:
    return str(uuid.uuid4())


def parse_name(ctx: Any, params: Dict[str, Any], member: str = "FunctionName") -> Tuple[str, Optional[str]]:
    """Name and qualifier of a function's name, partial ARN or ARN; `Qualifier` must not say otherwise."""
    match = _NAME.fullmatch(params[member])
    if match is None:
        raise invalid(f"The provided function name '{params[member]}' is not valid")
    if match["region"] not in (None, ctx.store.region) or match["account"] not in (None, ctx.store.account):
        raise missing(f"Function not found: {params[member]}")
    qualifier = match["qualifier"]
    asked = params.get("Qualifier")
    if qualifier and asked and qualifier != asked:
        raise invalid("The derived qualifier from the function name does not match the specified qualifier.")
    return match["name"], asked or qualifier


def find(ctx: Any, params: Dict[str, Any], member: str = "FunctionName") -> Tuple[Any, Optional[str]]:
    """The function, and the qualifier if one was given."""
    name, qualifier = parse_name(ctx, params, member)
    function = ctx.store.functions.get(name)
    if function is None:
        raise missing(f"Function not found: {ctx.store.arn('function:' + name)}{':' + qualifier if qualifier else ''}")
    return function, qualifier


def find_unqualified(ctx: Any, params: Dict[str, Any]) -> Any:
    function, qualifier = find(ctx, params)
    if qualifier not in (None, LATEST):
        raise invalid("This operation is permitted on Lambda functions only. Aliases and versions do not support this "
                      "operation. Please specify either a function name or an unqualified function ARN.")
    return function


def page(items: List[Any], params: Dict[str, Any], key: str, largest: int, next_key: str = "NextMarker") -> Dict[str, Any]:
    """A page of a list; the marker is the next index. More than `largest` are never shown at once (API reference)."""
    try:
        start = int(params.get("Marker") or 0)
    except ValueError:
        raise invalid("The marker is not valid.") from None
    size = min(params.get("MaxItems") or largest, largest)
    result: Dict[str, Any] = {key: items[start:start + size]}
    if start + size < len(items):
        result[next_key] = str(start + size)
    return result


def iso(epoch: float) -> str:
    """2026-01-31T12:00:00.000+0000, Lambda's dates (but those of mappings)."""
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
