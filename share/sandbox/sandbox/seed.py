"""Make things that tests need to exist, in one unsigned request."""

from typing import Any, Dict

from . import alarms, balancing
from .access import DEFAULT_ACCOUNT
from .apigateway import planting as api_planting
from .ecs import clusters
from .lambda_ import planting
from .world import World

MEMBERS = {"account", "region", "clusters", "providers", "default_strategy", "log_groups", "parameters", "secrets",
           "balancers", "alarms", "functions", "zips", "layers", "apis"}


def plant(world: World, moto: Any, body: Dict[str, Any]) -> Dict[str, Any]:
    """{"clusters": ["demo"], "region": ..., "log_groups": [...], "parameters": {name: value}, "secrets": {...},
    "balancers": [...], "alarms": {...}, "functions": {...}, "zips": {...}, "layers": {...}, "apis": {...}}, see balancing.build(),
    alarms.plant(), lambda_/planting.py and apigateway/planting.py."""
    unknown = set(body) - MEMBERS
    if unknown:
        raise ValueError(f"unknown member: {', '.join(sorted(unknown))}; there are {', '.join(sorted(MEMBERS))}")
    account, region = body.get("account", DEFAULT_ACCOUNT), body.get("region", "us-east-1")
    made: Dict[str, Any] = {}
    context = world.ecs.context(account, region)
    for name in body.get("clusters", ()):
        cluster = clusters.create_cluster(context, {
            "clusterName": name, "capacityProviders": body.get("providers", list(clusters.FARGATE_PROVIDERS)),
            "defaultCapacityProviderStrategy": body.get("default_strategy", [])})
        made.setdefault("clusters", []).append(cluster["cluster"]["clusterArn"])
    for name in body.get("log_groups", ()):
        moto.call("logs", "CreateLogGroup", {"logGroupName": name}, account, region)
    for name, value in body.get("parameters", {}).items():
        moto.call("ssm", "PutParameter", {"Name": name, "Value": value, "Type": "String", "Overwrite": True},
                  account, region)
    for name, value in body.get("secrets", {}).items():
        moto.call("secretsmanager", "CreateSecret", {"Name": name, "SecretString": value}, account, region)
    if body.get("zips"):
        moto.load()
        planting.zips(body["zips"], account, region)
    if body.get("layers"):
        made["layers"] = planting.layers(world, body["layers"], account, region)
    if body.get("functions"):
        made["functions"] = planting.functions(world, body["functions"], account, region)
    if body.get("apis"):
        made["apis"] = api_planting.apis(world, body["apis"], account, region)
    if body.get("alarms"):
        moto.load("cloudwatch")
        alarms.plant(body["alarms"], account, region)
    for wanted in body.get("balancers", ()):
        moto.load("elbv2")
        name, arns = balancing.build(wanted, account, region)
        made.setdefault("balancers", {})[name] = arns
    return made
