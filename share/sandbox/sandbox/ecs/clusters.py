"""Clusters and capacity providers."""

from typing import Any, Dict, List

from ..errors import AwsError
from .common import invalid, page
from .model import Cluster, short

FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


def create_cluster(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    name = params.get("clusterName") or "default"
    cluster = ctx.store.clusters.get(name)
    if cluster is None or cluster.status == "INACTIVE":
        cluster = Cluster(name, ctx.store.arn(f"cluster/{name}"), settings=params.get("settings")
                          or [{"name": "containerInsights", "value": "disabled"}], tags=params.get("tags") or [])
        _set_providers(cluster, params.get("capacityProviders") or [],
                       params.get("defaultCapacityProviderStrategy") or [])
        ctx.store.clusters[name] = cluster
    return {"cluster": cluster.wire(["TAGS", "SETTINGS"])}


def _set_providers(cluster: Cluster, providers: List[str], strategy: List[Dict[str, Any]]) -> None:
    for name in providers:
        if name not in FARGATE_PROVIDERS:
            raise invalid(f"The specified capacity provider was not found: {name}")
    for item in strategy:
        if item["capacityProvider"] not in providers:
            raise invalid("The specified default capacity provider strategy contains a "
                           "capacity provider that is not associated with the cluster.")
    cluster.capacity_providers, cluster.default_strategy = providers, strategy


def put_cluster_capacity_providers(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    cluster = ctx.store.cluster(params)
    _set_providers(cluster, params["capacityProviders"], params["defaultCapacityProviderStrategy"])
    return {"cluster": cluster.wire(["TAGS", "SETTINGS"])}


def describe_clusters(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    found, failures = [], []
    asked = params.get("clusters") or ["default"]
    if len(asked) > 100:
        raise invalid("Clusters cannot have more than 100 elements.")
    for reference in asked:
        cluster = ctx.store.clusters.get(short(reference))
        if cluster is None:
            failures.append({"arn": ctx.store.arn(f"cluster/{short(reference)}"), "reason": "MISSING"})
        else:
            found.append(cluster.wire(params.get("include") or []))
    return {"clusters": found, "failures": failures}


def list_clusters(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return page([item.arn for item in ctx.store.clusters.values() if item.status == "ACTIVE"], params, "clusterArns")


def delete_cluster(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    cluster = ctx.store.cluster(params)
    if any(service.status == "ACTIVE" for service in cluster.services.values()):
        raise AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if any(task.live for task in cluster.tasks.values()):
        raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    cluster.status = "INACTIVE"
    return {"cluster": cluster.wire(["TAGS", "SETTINGS"])}


def describe_capacity_providers(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    asked = params.get("capacityProviders") or list(FARGATE_PROVIDERS)
    known = [name for name in asked if short(name) in FARGATE_PROVIDERS]
    return {
        "capacityProviders": [{"capacityProviderArn": ctx.store.arn(f"capacity-provider/{short(name)}"),
                               "name": short(name), "status": "ACTIVE", "tags": []} for name in known],
        "failures": [{"arn": name, "reason": "MISSING"} for name in asked if name not in known],
    }


OPERATIONS = {
    "CreateCluster": create_cluster,
    "DeleteCluster": delete_cluster,
    "DescribeCapacityProviders": describe_capacity_providers,
    "DescribeClusters": describe_clusters,
    "ListClusters": list_clusters,
    "PutClusterCapacityProviders": put_cluster_capacity_providers,
}
