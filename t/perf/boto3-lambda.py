"""The least that a script for one function has to do, for p5100.

    boto3-lambda.py <definition> <alias>

As it would be written for a pipeline: describe, compare by hand, update what
differs, wait as boto3 waits (quicker: its pauses are not what is measured),
publish, move the alias.
"""

import base64
import hashlib
import json
import sys

import boto3

definition = json.load(open(sys.argv[1], encoding="utf-8"))
alias = sys.argv[2]
name = definition["FunctionName"]
code = base64.b64decode(definition.pop("Code")["ZipFile"])
definition.pop("Publish", None)
client = boto3.client("lambda")


def wait(which, **more):
    client.get_waiter(which).wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}, **more)


boto3.client("sts").get_caller_identity()
have = client.get_function_configuration(FunctionName=name)
if any(have.get(key) != value for key, value in definition.items() if key != "Environment") or (
        definition.get("Environment", {}).get("Variables", {}) != have.get("Environment", {}).get("Variables", {})):
    client.update_function_configuration(**definition)
    wait("function_updated_v2")
if have["CodeSha256"] != base64.b64encode(hashlib.sha256(code).digest()).decode():
    client.update_function_code(FunctionName=name, ZipFile=code)
    wait("function_updated_v2")
version = client.publish_version(FunctionName=name)["Version"]
wait("published_version_active", Qualifier=version)
if client.get_alias(FunctionName=name, Name=alias)["FunctionVersion"] != version:
    client.update_alias(FunctionName=name, Name=alias, FunctionVersion=version)
