"""Published versions."""

import copy
from typing import Any, Dict

from .common import check_revision, conflict, find_unqualified, invalid, page
from .lifecycle import check_idle
from .model import Function, Version


def make(ctx: Any, function: Function, description: str) -> Version:
    """A version of $LATEST as it is, or the newest one if nothing has changed since."""
    latest = function.latest
    newest = function.versions.get(str(function.last_number))
    if newest and newest.content() == latest.content() and newest.state != "Failed":
        return newest
    function.last_number += 1
    number = str(function.last_number)
    config = copy.deepcopy(latest.config)
    config["Description"] = description
    version = Version(function, number, config, latest.code, list(latest.architectures), ctx.world.date())
    function.versions[number] = version
    return version


def publish_version(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    check_idle(function)
    latest = function.latest
    if latest.update == "Failed":
        raise conflict(f"The operation cannot be performed at this time. The last update failed for resource: {function.arn}")
    check_revision(params.get("RevisionId"), latest.revision_id, "GetFunction/GetAlias")
    wanted = params.get("CodeSha256")
    if wanted and wanted != latest.code.sha256:
        raise invalid(f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({latest.code.sha256}). "
                      "Please try again with the CodeSHA256 in $LATEST.")
    if params.get("PublishTo") and not latest.config["CapacityProviderConfig"]:
        raise invalid("PublishTo is only supported for functions with a capacity provider.")
    before = function.last_number
    description = params.get("Description")
    version = make(ctx, function, latest.config["Description"] if description is None else description)
    if function.last_number > before:
        ctx.lifecycle.published(version)
    return version.wire()


def list_versions_by_function(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    items = [version.wire() for version in function.all_versions()]
    for item in items:
        for name in ("State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
                     "LastUpdateStatusReasonCode", "RuntimeVersionConfig"):
            item.pop(name, None)    # as for ListFunctions
    return page(items, params, "Versions", 50)


OPERATIONS = {
    "PublishVersion": publish_version,
    "ListVersionsByFunction": list_versions_by_function,
}
