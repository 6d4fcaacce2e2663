"""Functions: create, show, change, delete."""

from typing import Any, Dict, Optional

from ..errors import AwsError
from . import code as codes
from . import settings, versions
from .common import LATEST, USER, check_revision, conflict, find, find_unqualified, invalid, missing, page, parse_name
from .lifecycle import check_idle
from .model import Function, Version

MAX_TAGS = 50


def create_function(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    name, _ = parse_name(ctx, params)
    if len(name) > 64:
        raise invalid(f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member "
                      "must have length less than or equal to 64")
    if name in ctx.store.functions:
        raise conflict(f"Function already exist: {name}")
    package = params.get("PackageType") or "Zip"
    config = settings.defaults(params)
    check_tags({}, params.get("Tags") or {})
    if package == "Zip" and not (config["Runtime"] and config["Handler"]):
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    code = codes.load(ctx, "CreateFunction", params["Code"], package)
    settings.check(ctx, config, settings.given(params), package, code)
    if params.get("CodeSigningConfigArn"):
        ctx.store.signing_config(params["CodeSigningConfigArn"])
    if params.get("PublishTo") and not config["CapacityProviderConfig"]:
        raise invalid("PublishTo is only supported for functions with a capacity provider.")
    function = Function(name, ctx.store.arn("function:" + name), ctx.store, package, params.get("TenancyConfig"),
                        tags=dict(params.get("Tags") or {}), signing=params.get("CodeSigningConfigArn"))
    function.latest = Version(function, LATEST, config, code, params.get("Architectures") or ["x86_64"], ctx.world.date())
    ctx.store.functions[name] = function
    published = versions.make(ctx, function, config["Description"]) if params.get("Publish") else None
    ctx.lifecycle.created(function, published)
    return published.wire() if published else function.latest.wire(qualified=False)


def get_version(ctx: Any, params: Dict[str, Any]) -> Any:
    function, qualifier = find(ctx, params)
    version = function.version(qualifier)
    if version is None:
        raise missing(f"Function not found: {function.arn}:{qualifier}")
    return version, qualifier


def get_function(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    version, qualifier = get_version(ctx, params)
    function = version.function
    shown = {"Configuration": _wire(version, qualifier), "Code": version.code.location}
    if function.tags:
        shown["Tags"] = function.tags
    if function.reserved is not None:
        shown["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
    return shown


def get_function_configuration(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return _wire(*get_version(ctx, params))


def _wire(version: Version, qualifier: Optional[str]) -> Dict[str, Any]:
    """An alias asked for is the FunctionArn shown."""
    shown = version.wire(qualified=qualifier is not None)
    if qualifier in version.function.aliases:
        shown["FunctionArn"] = version.function.aliases[qualifier].arn
    return shown


def list_functions(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    everything = params.get("FunctionVersion") == "ALL"
    items = [version.wire(qualified=everything) for function in ctx.store.functions.values()
             for version in (function.all_versions() if everything else [function.latest])]
    for item in items:
        for name in ("State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
                     "LastUpdateStatusReasonCode", "RuntimeVersionConfig"):
            item.pop(name, None)    # API reference: not returned here
    return page(items, params, "Functions", 50)


def update_function_code(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    check_idle(function)
    latest = function.latest
    check_revision(params.get("RevisionId"), latest.revision_id, "GetFunction/GetAlias")
    code = codes.load(ctx, "UpdateFunctionCode", params, function.package)
    layers = [ctx.store.layer_version(arn) for arn in latest.config["Layers"]]
    codes.check_unzipped(ctx, code.unzipped + sum(layer["unzipped"] for layer in layers if layer))
    architectures = params.get("Architectures") or latest.architectures
    if params.get("DryRun"):
        preview = Version(function, LATEST, latest.config, code, architectures, latest.modified, latest.state, None, None,
                          latest.update, None, None, latest.revision_id)
        return preview.wire(qualified=False)
    latest.code, latest.architectures = code, architectures
    published = versions.make(ctx, function, latest.config["Description"]) if params.get("Publish") else None
    fresh = published if published and published.state == "Pending" else None
    ctx.lifecycle.updating(latest, "code", fresh)
    return published.wire() if published else latest.wire(qualified=False)


def update_function_configuration(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    check_idle(function)
    latest = function.latest
    check_revision(params.get("RevisionId"), latest.revision_id, "GetFunction/GetAlias")
    changed = settings.given(params)
    if changed.get("DurableConfig") and not latest.config["DurableConfig"]:
        raise invalid("DurableConfig can only be set when the function is created.")
    config = {**latest.config, **changed}
    settings.check(ctx, config, changed, function.package, latest.code)
    latest.config = config
    ctx.lifecycle.updating(latest, "configuration", None)
    return latest.wire(qualified=False)


def delete_function(ctx: Any, params: Dict[str, Any]) -> None:
    name, qualifier = parse_name(ctx, params)
    if qualifier == LATEST:
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    function, qualifier = find(ctx, params)
    if qualifier is None:
        # Versions and aliases go along; mappings stay.
        function.deleted = True
        del ctx.store.functions[name]
        ctx.routing.look(function, "DeleteFunction")
        return
    if not qualifier.isdigit():
        raise invalid("Deletion of aliases is not currently supported.")
    users = sorted(alias.name for alias in function.aliases.values() if qualifier in alias.versions)
    if users:
        raise conflict(f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]")
    if function.provisioned.get(qualifier):
        raise conflict(f"Unable to delete version {qualifier} because it has provisioned concurrency.")
    # A version that isn't there is no error (known from the field).
    function.versions.pop(qualifier, None)
    for owned in (function.policies, function.invoke_configs, function.provisioned):
        owned.pop(qualifier, None)
    ctx.routing.look(function, "DeleteFunction")


def check_tags(present: Dict[str, str], new: Dict[str, str]) -> None:
    if any(key.lower().startswith("aws:") for key in new):
        raise invalid("Tag keys cannot begin with aws:.")
    if len({**present, **new}) > MAX_TAGS:
        raise AwsError("InvalidParameterValueException", "Number of tags exceeds resource tag limit.", 400, dict(USER))


OPERATIONS = {
    "CreateFunction": create_function,
    "GetFunction": get_function,
    "GetFunctionConfiguration": get_function_configuration,
    "ListFunctions": list_functions,
    "UpdateFunctionCode": update_function_code,
    "UpdateFunctionConfiguration": update_function_configuration,
    "DeleteFunction": delete_function,
}
