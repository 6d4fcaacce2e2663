"""Who may invoke: one policy for the function and one for each version and alias."""

import fnmatch
import json
from typing import Any, Dict, List, Optional, Tuple

from ..errors import AwsError
from .common import LATEST, USER, check_revision, conflict, find, invalid, missing
from .model import Function

# Developer guide, "Lambda quotas".
MAX_POLICY = 20 * 1024
SERVICES_ENDING = ".amazonaws.com"


def _resource(ctx: Any, params: Dict[str, Any]) -> Tuple[Function, str, str, Any]:
    """The function, the qualifier ("" for none), the ARN, and whose revision counts."""
    function, qualifier = find(ctx, params)
    if qualifier == LATEST:
        raise invalid("We currently do not support adding policies for $LATEST.")
    if qualifier is None:
        return function, "", function.arn, function.latest
    owner = function.aliases.get(qualifier) or function.versions.get(qualifier)
    if owner is None:
        raise missing(f"Function not found: {function.arn}:{qualifier}" if qualifier.isdigit()
                      else f"Cannot find alias arn: {function.arn}:{qualifier}")
    return function, qualifier, f"{function.arn}:{qualifier}", owner


def add_permission(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function, qualifier, arn, owner = _resource(ctx, params)
    check_revision(params.get("RevisionId"), owner.revision_id, "GetPolicy")
    statement = _statement(ctx, params, arn)
    present = function.policies.get(qualifier, [])
    if any(item["Sid"] == statement["Sid"] for item in present):
        raise conflict(f"The statement id ({statement['Sid']}) provided already exists. Please provide a new statement id, "
                       "or remove the existing statement.")
    statements = [*present, statement]
    if len(_document(statements)) > MAX_POLICY:
        raise AwsError("PolicyLengthExceededException", f"The final policy size ({len(_document(statements))}) is bigger than "
                       f"the limit ({MAX_POLICY}).", 400, dict(USER))
    function.policies[qualifier] = statements
    statement["from"] = ctx.world.timers.now + ctx.world.ms("permission")
    owner.changed()
    ctx.world.timers.after(ctx.world.ms("permission"), lambda: _look(ctx, "AddPermission"))
    return {"Statement": json.dumps(_shown(statement), separators=(",", ":"))}


def _statement(ctx: Any, params: Dict[str, Any], arn: str) -> Dict[str, Any]:
    principal = params["Principal"]
    if principal == "*":
        who: Any = "*"
    elif principal.endswith((SERVICES_ENDING, SERVICES_ENDING + ".cn")):
        who = {"Service": principal}
    elif principal.startswith("arn:"):
        who = {"AWS": principal}
    elif principal.isdigit() and len(principal) == 12:
        who = {"AWS": f"arn:{ctx.store.partition}:iam::{principal}:root"}
    else:
        raise invalid("The provided principal was invalid. Please check the principal and try again.")
    condition: Dict[str, Any] = {}
    for member, operator, key in (("SourceAccount", "StringEquals", "AWS:SourceAccount"),
                                  ("SourceArn", "ArnLike", "AWS:SourceArn"),
                                  ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
                                  ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
                                  ("EventSourceToken", "StringEquals", "lambda:EventSourceToken")):
        if params.get(member):
            condition.setdefault(operator, {})[key] = params[member]
    if params.get("InvokedViaFunctionUrl") is not None:
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": str(params["InvokedViaFunctionUrl"]).lower()}
    statement = {"Sid": params["StatementId"], "Effect": "Allow", "Principal": who, "Action": params["Action"],
                 "Resource": arn}
    if condition:
        statement["Condition"] = condition
    return statement


def _shown(statement: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in statement.items() if name != "from"}


def _document(statements: List[Dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": [_shown(item) for item in statements]},
                      separators=(",", ":"))


def get_policy(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function, qualifier, _, owner = _resource(ctx, params)
    if not function.policies.get(qualifier):
        raise missing("The resource you requested does not exist.")
    return {"Policy": _document(function.policies[qualifier]), "RevisionId": owner.revision_id}


def remove_permission(ctx: Any, params: Dict[str, Any]) -> None:
    function, qualifier, _, owner = _resource(ctx, params)
    present = function.policies.get(qualifier, [])
    if not present:
        raise missing("No policy is associated with the given resource.")
    check_revision(params.get("RevisionId"), owner.revision_id, "GetPolicy")
    left = [item for item in present if item["Sid"] != params["StatementId"]]
    if len(left) == len(present):
        raise missing(f"Statement {params['StatementId']} is not found in resource policy.")
    function.policies[qualifier] = left
    owner.changed()
    _look(ctx, "RemovePermission")


def _look(ctx: Any, cause: str) -> None:
    """What stages of API Gateway may call has changed."""
    from ..apigateway import live
    live.look(ctx.world, cause)


def allows(function: Function, qualifier: Optional[str], principal: str, source: str, now: int) -> bool:
    """May a service invoke this, on behalf of the resource `source`? `now`: sandbox ms."""
    for item in function.policies.get(qualifier or "", ()):
        if item["from"] > now or item["Principal"] not in ("*", {"Service": principal}):
            continue
        if item["Action"] not in ("*", "lambda:*", "lambda:InvokeFunction"):
            continue
        condition = item.get("Condition", {})
        wanted = condition.get("ArnLike", {}).get("AWS:SourceArn")
        account = condition.get("StringEquals", {}).get("AWS:SourceAccount")
        if (wanted is None or fnmatch.fnmatchcase(source, wanted)) and account in (None, source.split(":")[4]):
            return True
    return False


OPERATIONS = {
    "AddPermission": add_permission,
    "GetPolicy": get_policy,
    "RemovePermission": remove_permission,
}
