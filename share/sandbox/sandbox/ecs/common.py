"""What several operations share: two errors, pages, tags."""

from typing import Any, Dict, List

from ..errors import AwsError

MAX_TAGS = 50


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def client_error(message: str) -> AwsError:
    return AwsError("ClientException", message)


def page(items: List[Any], params: Dict[str, Any], key: str, default: int = 100) -> Dict[str, Any]:
    """A page of a list operation; the token is the next index."""
    try:
        start = int(params.get("nextToken") or 0)
    except ValueError:
        raise invalid("Invalid token.") from None
    size = params.get("maxResults") or default
    if not 1 <= size <= 100:
        raise invalid("maxResults must be between 1 and 100.")
    result = {key: items[start:start + size]}
    if start + size < len(items):
        result["nextToken"] = str(start + size)
    return result


def check_tags(tags: List[Dict[str, str]]) -> None:
    keys = [tag.get("key") for tag in tags]
    if len(keys) > MAX_TAGS:
        raise invalid("The maximum number of tags allowed is 50.")
    if len(set(keys)) != len(keys):
        raise invalid("Duplicate tag keys found. Please note that Tag keys are case "
                       "insensitive.")
    if any((key or "").lower().startswith("aws:") for key in keys):
        raise invalid("Tag keys cannot begin with 'aws:'.")
