"""Make things that tests need to exist, in one unsigned request."""

from typing import Any, Dict

from .access import DEFAULT_ACCOUNT
from .ecs import clusters
from .world import World

MEMBERS = {"account", "region", "clusters", "providers", "default_strategy", "log_groups", "parameters", "secrets"}


def plant(world: World, moto: Any, body: Dict[str, Any]) -> Dict[str, Any]:
    """{"clusters": ["demo"], "region": ..., "log_groups": [...], "parameters": {name: value}, "secrets": {...}}"""
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
    if set(body) & {"log_groups", "parameters", "secrets"}:
        moto.load()
        _plant_in_moto(account, region, body)
    return made


def _plant_in_moto(account: str, region: str, body: Dict[str, Any]) -> None:
    for name in body.get("log_groups", ()):
        from moto.logs.models import logs_backends
        logs_backends[account][region].create_log_group(name, {})
    for name, value in body.get("parameters", {}).items():
        from moto.ssm.models import ssm_backends
        ssm_backends[account][region].put_parameter(
            name=name, description="", value=value, parameter_type="String", allowed_pattern="", keyid=None,
            overwrite=True, tags=[], data_type="text", tier=None, policies=None)
    for name, value in body.get("secrets", {}).items():
        from moto.secretsmanager.models import secretsmanager_backends
        secretsmanager_backends[account][region].create_secret(
            name, secret_string=value, description=None, tags=[], kms_key_id=None, client_request_token=None,
            replica_regions=[], force_overwrite=False)
