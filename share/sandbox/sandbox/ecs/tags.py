"""Tags of clusters, services, task definitions and tasks."""

from typing import Any, Dict

from ..errors import AwsError
from .common import check_tags
from .definitions import find_definition
from .model import short


def _resource(ctx: Any, arn: str) -> Any:
    kind, _, rest = arn.split(":")[-1].partition("/") if ":task-definition/" not in arn else ("task-definition", "", "")
    found = None
    if kind == "task-definition":
        return find_definition(ctx.store, arn.rpartition("/")[2])
    if kind == "cluster":
        found = ctx.store.clusters.get(rest)
    elif kind in ("service", "task") and rest.count("/") == 1:
        cluster = ctx.store.clusters.get(rest.split("/")[0])
        if cluster:
            found = (cluster.services if kind == "service" else cluster.tasks).get(short(rest))
    elif kind in ("service", "task"):
        raise AwsError("InvalidParameterException", "Long arn format must be used for tagging operations")
    if found is None:
        raise AwsError("InvalidParameterException", f"The specified {kind or 'resource'} was not found: {arn}")
    return found


def tag_resource(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    resource = _resource(ctx, params["resourceArn"])
    new = {tag["key"] for tag in params["tags"]}
    merged = [tag for tag in resource.tags if tag["key"] not in new] + params["tags"]
    check_tags(merged)
    resource.tags[:] = merged
    return {}


def untag_resource(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    resource = _resource(ctx, params["resourceArn"])
    resource.tags[:] = [tag for tag in resource.tags if tag["key"] not in params["tagKeys"]]
    return {}


def list_tags_for_resource(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return {"tags": _resource(ctx, params["resourceArn"]).tags}


OPERATIONS = {
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}
