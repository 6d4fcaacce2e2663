"""What a function has beside its versions: tags, concurrency, code signing, URLs, settings of asynchronous invocations."""

from typing import Any, Dict, Tuple

from ..errors import AwsError
from .common import LATEST, USER, conflict, find, find_unqualified, invalid, iso, missing, new_id, page
from .functions import check_tags
from .lifecycle import check_idle

# Developer guide, "Lambda quotas": 1000 for the account, 100 of them for functions without a reservation.
ACCOUNT_CONCURRENCY, UNRESERVED = 1000, 100


# ---- tags

def _tagged(ctx: Any, params: Dict[str, Any]) -> Tuple[Any, Dict[str, str]]:
    """The resource (None but for functions) and its tags."""
    arn = params["Resource"]
    parts = arn.split(":")
    if len(parts) > 6 and parts[5] == "event-source-mapping":
        mapping = ctx.store.mappings.get(parts[6])
        if mapping is None:
            raise missing("The resource you requested does not exist.")
        return None, mapping.tags
    if len(parts) > 5 and parts[5] == "code-signing-config":
        return None, ctx.store.signing_config(arn).setdefault("tags", {})
    if len(parts) != 7 or parts[5] != "function":
        raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN."
                      if len(parts) == 8 else "The provided resource is not one that can be tagged: " + arn)
    function, _ = find(ctx, params, "Resource")
    return function, function.tags


def tag_resource(ctx: Any, params: Dict[str, Any]) -> None:
    function, tags = _tagged(ctx, params)
    if not params["Tags"]:
        raise invalid("An error occurred and the request cannot be processed.")
    check_tags(tags, params["Tags"])
    if function:
        check_idle(function)
        function.latest.changed()
    tags.update(params["Tags"])


def untag_resource(ctx: Any, params: Dict[str, Any]) -> None:
    function, tags = _tagged(ctx, params)
    if function:
        check_idle(function)
        function.latest.changed()
    for key in params["tagKeys"]:
        tags.pop(key, None)


def list_tags(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return {"Tags": _tagged(ctx, params)[1]}


# ---- concurrency

def put_function_concurrency(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    wanted = params["ReservedConcurrentExecutions"]
    others = sum(other.reserved or 0 for other in ctx.store.functions.values() if other is not function)
    if ACCOUNT_CONCURRENCY - others - wanted < UNRESERVED:
        raise invalid("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                      f"below its minimum value of [{UNRESERVED}].")
    if wanted < sum(item["wanted"] for item in function.provisioned.values()):
        raise invalid("ReservedConcurrentExecutions  for function should not be lower than sum of Provisioned Concurrency "
                      "configured across all aliases and versions.")
    function.reserved = wanted
    return {"ReservedConcurrentExecutions": wanted}


def get_function_concurrency(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    return {} if function.reserved is None else {"ReservedConcurrentExecutions": function.reserved}


def delete_function_concurrency(ctx: Any, params: Dict[str, Any]) -> None:
    find_unqualified(ctx, params).reserved = None


def _provisioned_for(ctx: Any, params: Dict[str, Any]) -> Tuple[Any, str]:
    function, qualifier = find(ctx, params)
    if qualifier == LATEST or (qualifier in function.aliases and function.aliases[qualifier].version == LATEST):
        raise invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    if function.version(qualifier) is None:
        kind = "function" if qualifier.isdigit() else "alias"
        raise missing(f"Cannot find {kind} arn: {function.arn}:{qualifier}" if kind == "alias"
                      else f"Function not found: {function.arn}:{qualifier}")
    return function, qualifier


def put_provisioned(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function, qualifier = _provisioned_for(ctx, params)
    if function.version(qualifier).state != "Active":
        raise conflict("The operation cannot be performed at this time. The function is currently in the following state: "
                       + function.version(qualifier).state)
    alias = function.aliases.get(qualifier)
    if alias and alias.weights:
        raise invalid("Alias with weights can not be used with Provisioned Concurrency")
    for name, other in function.aliases.items():
        if (alias and alias.version in function.provisioned) or (
                not alias and other.version == qualifier and name in function.provisioned):
            raise conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
                           if alias else "Version is pointed by a Provisioned Concurrency alias")
    wanted = params["ProvisionedConcurrentExecutions"]
    others = sum(item["wanted"] for name, item in function.provisioned.items() if name != qualifier)
    if function.reserved is not None and wanted + others > function.reserved:
        raise invalid("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
                      "function")
    if wanted > ACCOUNT_CONCURRENCY:
        raise invalid("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
                      f"[{ACCOUNT_CONCURRENCY}].")
    former = function.provisioned.get(qualifier)
    return _provisioned_wire(_allocate(ctx, function, qualifier, wanted, min(former["allocated"], wanted) if former else 0))


def _allocate(ctx: Any, function: Any, qualifier: str, wanted: int, allocated: int) -> Dict[str, Any]:
    item = function.provisioned[qualifier] = {"wanted": wanted, "allocated": allocated, "status": "IN_PROGRESS",
                                              "reason": None, "modified": ctx.world.date()}
    rule = ctx.lifecycle.rule_for("provision", function.name, qualifier)

    def done() -> None:
        if rule.get("fail"):
            item.update(status="FAILED", reason=rule.get("reason") or rule["fail"])
        else:
            item.update(status="READY", allocated=item["wanted"])
    ctx.lifecycle.after(rule, "provisioned", done)
    return item


def allocate_again(ctx: Any, function: Any, alias: str) -> None:
    """An alias has another version: its provisioned concurrency moves there (guide "Provisioned concurrency")."""
    if alias in function.provisioned:
        _allocate(ctx, function, alias, function.provisioned[alias]["wanted"], 0)


def _provisioned_wire(item: Dict[str, Any]) -> Dict[str, Any]:
    shown = {"RequestedProvisionedConcurrentExecutions": item["wanted"],
             "AllocatedProvisionedConcurrentExecutions": item["allocated"],
             "AvailableProvisionedConcurrentExecutions": item["allocated"], "Status": item["status"],
             "LastModified": iso(item["modified"])}
    if item["reason"]:
        shown["StatusReason"] = item["reason"]
    return shown


def get_provisioned(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function, qualifier = _provisioned_for(ctx, params)
    if qualifier not in function.provisioned:
        raise AwsError("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this "
                       "function", 404, dict(USER))
    return _provisioned_wire(function.provisioned[qualifier])


def delete_provisioned(ctx: Any, params: Dict[str, Any]) -> None:
    function, qualifier = _provisioned_for(ctx, params)
    function.provisioned.pop(qualifier, None)


def list_provisioned(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    return page([{"FunctionArn": f"{function.arn}:{qualifier}", **_provisioned_wire(item)}
                 for qualifier, item in function.provisioned.items()], params, "ProvisionedConcurrencyConfigs", 50)


# ---- code signing

def create_signing(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    name = "csc-" + new_id().replace("-", "")[:17]
    arn = ctx.store.arn("code-signing-config:" + name)
    ctx.store.signing_configs[arn] = {"shown": {
        "CodeSigningConfigId": name, "CodeSigningConfigArn": arn, "Description": params.get("Description", ""),
        "AllowedPublishers": params["AllowedPublishers"], "LastModified": iso(ctx.world.date()),
        "CodeSigningPolicies": params.get("CodeSigningPolicies") or {"UntrustedArtifactOnDeployment": "Warn"}},
        "tags": dict(params.get("Tags") or {})}
    return {"CodeSigningConfig": ctx.store.signing_configs[arn]["shown"]}


def get_signing(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return {"CodeSigningConfig": ctx.store.signing_config(params["CodeSigningConfigArn"])["shown"]}


def put_function_signing(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    ctx.store.signing_config(params["CodeSigningConfigArn"])
    function = find_unqualified(ctx, params)
    if function.package == "Image":
        raise invalid("Code signing is not supported for functions created with container images.")
    function.signing = params["CodeSigningConfigArn"]
    return {"CodeSigningConfigArn": function.signing, "FunctionName": function.name}


def get_function_signing(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    return {"CodeSigningConfigArn": function.signing, "FunctionName": function.name} if function.signing else {}


def delete_function_signing(ctx: Any, params: Dict[str, Any]) -> None:
    find_unqualified(ctx, params).signing = None


# ---- URLs

def _url_of(ctx: Any, params: Dict[str, Any], present: bool) -> Tuple[Any, str, str]:
    """The function, the qualifier ("" for none) and the ARN."""
    function, qualifier = find(ctx, params)
    if qualifier is not None and qualifier not in function.aliases:
        if qualifier == LATEST or qualifier.isdigit():
            raise invalid("Function URLs are supported for aliases and unqualified functions only.")
        raise missing(f"Cannot find alias arn: {function.arn}:{qualifier}")
    name = qualifier or ""
    if present != (name in function.urls):
        raise missing("The resource you requested does not exist.") if present else conflict(
            f"Failed to create function url config for [functionArn = {function.arn}]. Error message:  FunctionUrlConfig "
            "exists for this Lambda function")
    return function, name, function.arn + (":" + name if name else "")


def create_url(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function, name, arn = _url_of(ctx, params, False)
    date = iso(ctx.world.date())
    function.urls[name] = {
        "FunctionUrl": f"https://{new_id().replace('-', '')}.lambda-url.{ctx.store.region}.on.aws/", "FunctionArn": arn,
        "AuthType": params["AuthType"], "InvokeMode": params.get("InvokeMode") or "BUFFERED", "CreationTime": date,
        "LastModifiedTime": date, **({"Cors": params["Cors"]} if params.get("Cors") else {})}
    return {name: value for name, value in function.urls[name].items() if name != "LastModifiedTime"}


def get_url(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function, name, _ = _url_of(ctx, params, True)
    return function.urls[name]


def update_url(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function, name, _ = _url_of(ctx, params, True)
    function.urls[name].update({member: params[member] for member in ("AuthType", "Cors", "InvokeMode")
                                if params.get(member) is not None}, LastModifiedTime=iso(ctx.world.date()))
    return function.urls[name]


def delete_url(ctx: Any, params: Dict[str, Any]) -> None:
    function, name, _ = _url_of(ctx, params, True)
    del function.urls[name]


def list_urls(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return page(list(find_unqualified(ctx, params).urls.values()), params, "FunctionUrlConfigs", 50)


# ---- asynchronous invocations

def put_invoke_config(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return _change_invoke_config(ctx, params, {})


def update_invoke_config(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return _change_invoke_config(ctx, params, get_invoke_config(ctx, params))


def _change_invoke_config(ctx: Any, params: Dict[str, Any], former: Dict[str, Any]) -> Dict[str, Any]:
    function, qualifier = find(ctx, params)
    if function.version(qualifier) is None:
        raise missing(f"The function {function.arn}:{qualifier} doesn't exist.")
    changed = {name: params[name] for name in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
               if params.get(name) is not None}
    if not changed:
        raise invalid("You must specify at least one of error handling or destination setting.")
    config = function.invoke_configs[qualifier or LATEST] = {
        **former, **changed, "FunctionArn": f"{function.arn}:{qualifier or LATEST}", "LastModified": ctx.world.date()}
    return config


def get_invoke_config(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function, qualifier = find(ctx, params)
    if (qualifier or LATEST) not in function.invoke_configs:
        raise missing(f"The function {function.arn}:{qualifier or LATEST} doesn't have an EventInvokeConfig")
    return function.invoke_configs[qualifier or LATEST]


def delete_invoke_config(ctx: Any, params: Dict[str, Any]) -> None:
    get_invoke_config(ctx, params)
    function, qualifier = find(ctx, params)
    del function.invoke_configs[qualifier or LATEST]


OPERATIONS = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTags": list_tags,
    "PutFunctionConcurrency": put_function_concurrency,
    "GetFunctionConcurrency": get_function_concurrency,
    "DeleteFunctionConcurrency": delete_function_concurrency,
    "PutProvisionedConcurrencyConfig": put_provisioned,
    "GetProvisionedConcurrencyConfig": get_provisioned,
    "DeleteProvisionedConcurrencyConfig": delete_provisioned,
    "ListProvisionedConcurrencyConfigs": list_provisioned,
    "CreateCodeSigningConfig": create_signing,
    "GetCodeSigningConfig": get_signing,
    "PutFunctionCodeSigningConfig": put_function_signing,
    "GetFunctionCodeSigningConfig": get_function_signing,
    "DeleteFunctionCodeSigningConfig": delete_function_signing,
    "CreateFunctionUrlConfig": create_url,
    "GetFunctionUrlConfig": get_url,
    "UpdateFunctionUrlConfig": update_url,
    "DeleteFunctionUrlConfig": delete_url,
    "ListFunctionUrlConfigs": list_urls,
    "PutFunctionEventInvokeConfig": put_invoke_config,
    "UpdateFunctionEventInvokeConfig": update_invoke_config,
    "GetFunctionEventInvokeConfig": get_invoke_config,
    "DeleteFunctionEventInvokeConfig": delete_invoke_config,
}
