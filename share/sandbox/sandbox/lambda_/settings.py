"""The members of a function's configuration: what they are by default, and what Lambda refuses.

API reference of CreateFunction and UpdateFunctionConfiguration; developer guide "Lambda quotas", "Using environment
variables", "Lambda runtimes".
"""

import json
import re
import sys
from typing import Any, Dict, List

from ..errors import AwsError
from ..sts import Sts
from .common import USER, invalid
from .model import Code

# Member -> when it isn't given. All of them can be changed; a member left out of an update stays.
MEMBERS: Dict[str, Any] = {
    "Role": None, "Handler": None, "Runtime": None, "Description": "", "Timeout": 3, "MemorySize": 128, "VpcConfig": {},
    "Environment": {}, "DeadLetterConfig": {}, "KMSKeyArn": "", "TracingConfig": {"Mode": "PassThrough"}, "Layers": [],
    "FileSystemConfigs": [], "ImageConfig": {}, "EphemeralStorage": {"Size": 512}, "SnapStart": {}, "LoggingConfig": {},
    "CapacityProviderConfig": {}, "DurableConfig": {}, "RuntimeConfig": {}, "AcceleratorConfig": {},
}

MAX_LAYERS = 5
MAX_ENVIRONMENT = 4096
# Not so for functions on managed instances; the model's own bounds are those.
MAX_TIMEOUT, MAX_MEMORY = 900, 10240
NO_LONGER = re.compile(r"nodejs|nodejs(4\.3(-edge)?|6\.10|8\.10|1[0-6]\.x)|python(2\.7|3\.[67])|dotnetcore.*|ruby2\..*|go1\.x"
                       r"|java8|provided")
RESERVED = {"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
            "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
            "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"}
LAYER = re.compile(r"arn:aws[\w-]*:lambda:([\w-]+):(\d{12}):layer:([\w-]+):(\d+)")


def given(params: Dict[str, Any]) -> Dict[str, Any]:
    return {name: params[name] for name in MEMBERS if params.get(name) is not None}


def defaults(params: Dict[str, Any]) -> Dict[str, Any]:
    return {**MEMBERS, **given(params)}


def check(ctx: Any, config: Dict[str, Any], changed: Dict[str, Any], package: str, code: Code) -> None:
    """Refuse a configuration as it would be, for what was asked to change."""
    if package == "Image" and any(changed.get(name) for name in ("Runtime", "Handler", "Layers")):
        raise invalid("Please don't provide Runtime or Handler or Layers when the intended function PackageType is Image.")
    if package == "Zip":
        if not config["Runtime"] or not config["Handler"]:
            raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
        if changed.get("ImageConfig"):
            raise invalid("ImageConfig is not supported for functions with packageType Zip.")
    if changed.get("Runtime") and NO_LONGER.fullmatch(changed["Runtime"]):
        raise invalid(f"The runtime parameter of {changed['Runtime']} is no longer supported for creating or updating AWS "
                      "Lambda functions. We recommend you use a supported runtime while creating or updating functions.")
    if not config["CapacityProviderConfig"]:
        for name, most in (("Timeout", MAX_TIMEOUT), ("MemorySize", MAX_MEMORY)):
            if config[name] > most:
                raise AwsError("ValidationException", f"1 validation error detected: Value '{config[name]}' at "
                               f"'{name[0].lower() + name[1:]}' failed to satisfy constraint: Member must have value less "
                               f"than or equal to {most}", 400, dict(USER))
    _check_environment(changed.get("Environment", {}).get("Variables") or {})
    _check_vpc(changed.get("VpcConfig", {}))
    _check_layers(ctx, config["Layers"], "Layers" in changed, code)
    target = changed.get("DeadLetterConfig", {}).get("TargetArn")
    if target and target.split(":")[2] not in ("sqs", "sns"):
        raise invalid("The provided target ARN of the dead letter queue is not supported: " + target)
    if changed.get("Role"):
        check_role(ctx, changed["Role"])


def _check_environment(variables: Dict[str, str]) -> None:
    text = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    refused = "Lambda was unable to configure your environment variables because the environment variables you have provided "
    if len(text.encode()) > MAX_ENVIRONMENT:
        raise invalid(f"{refused}exceeded the 4KB limit. String measured: {text}")
    reserved = sorted(RESERVED & set(variables))
    if reserved:
        raise invalid(f"{refused}contains reserved keys that are currently not supported for modification. Reserved keys "
                      f"used in this request: {', '.join(reserved)}")


def _check_vpc(vpc: Dict[str, Any]) -> None:
    if bool(vpc.get("SubnetIds")) != bool(vpc.get("SecurityGroupIds")):
        raise invalid("SubnetIds and SecurityIds must coexist or be both empty list.")


def _check_layers(ctx: Any, arns: List[str], changed: bool, code: Code) -> None:
    if not changed:
        return
    if len(arns) > MAX_LAYERS:
        raise invalid("Cannot reference more than 5 layers.")
    names = []
    unzipped = code.unzipped
    for arn in arns:
        match = LAYER.fullmatch(arn)
        if match is None or match[1] != ctx.store.region:
            raise invalid(f"Layer version {arn} is not valid: it must be in region {ctx.store.region}.")
        layer = ctx.store.layer_version(arn)
        if match[2] == ctx.store.account and layer is None:
            raise invalid(f"Layer version {arn} does not exist.")
        if match[3] in names:
            raise invalid("Two different versions of the same layer are not allowed to be referenced in the same function.")
        names.append(match[3])
        unzipped += layer["unzipped"] if layer else 0
    from .code import check_unzipped
    check_unzipped(ctx, unzipped)


def check_role(ctx: Any, arn: str) -> None:
    """The role must be there, and lambda.amazonaws.com must be let in by its trust policy."""
    if arn.split(":")[4] != ctx.store.account:
        raise AwsError("AccessDeniedException", "Cross-account pass role is not allowed.", 403, dict(USER))
    role = Sts(ctx.world).role(arn)
    if role is None or not role.trusts("lambda.amazonaws.com") or not _document_trusts(arn):
        raise invalid("The role defined for the function cannot be assumed by Lambda.")


def _document_trusts(arn: str) -> bool:
    """Does the trust policy that a role of moto's IAM was made with name Lambda?"""
    iam = sys.modules.get("moto.iam.models")
    roles = iam.iam_backends[arn.split(":")[4]]["global"].roles.values() if iam else ()
    for role in roles:
        if role.arn == arn:
            try:
                statements = json.loads(role.assume_role_policy_document)["Statement"]
            except (ValueError, KeyError, TypeError):
                return False
            statements = statements if isinstance(statements, list) else [statements]
            return any("lambda.amazonaws.com" in json.dumps(item.get("Principal")) for item in statements
                       if item.get("Effect") == "Allow")
    return True
