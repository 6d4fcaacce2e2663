"""The service deployments and revisions API."""

from typing import Any, Dict, List, Optional

from ..errors import AwsError
from . import breaker
from .common import invalid, page
from .model import Deployment, Service, ServiceDeployment, counts


def _summary(deployment: Deployment) -> Dict[str, Any]:
    running, pending = counts(deployment.tasks())
    return {"arn": deployment.revision_arn, "requestedTaskCount": deployment.desired,
            "runningTaskCount": running, "pendingTaskCount": pending}


def _brief(record: ServiceDeployment) -> Dict[str, Any]:
    shown = {
        "serviceDeploymentArn": record.arn, "serviceArn": record.service.arn,
        "clusterArn": record.service.cluster.arn, "createdAt": record.created_at, "startedAt": record.started_at,
        "targetServiceRevisionArn": record.target.revision_arn, "status": record.status,
    }
    if record.reason:
        shown["statusReason"] = record.reason
    if record.finished_at is not None:
        shown["finishedAt"] = record.finished_at
    return shown


def _weighted(record: ServiceDeployment, deployment: Deployment) -> Dict[str, Any]:
    """A summary with the traffic ECS sends there."""
    shown = _summary(deployment)
    if record.rollout:
        green = deployment is record.rollout.green
        shown["requestedProductionTrafficWeight"] = record.rollout.production if green else 100 - record.rollout.production
        shown["requestedTestTrafficWeight"] = record.rollout.test if green else 100 - record.rollout.test
    return shown


def _whole(record: ServiceDeployment) -> Dict[str, Any]:
    shown = _brief(record)
    del shown["targetServiceRevisionArn"]
    circuit = record.configuration.get("deploymentCircuitBreaker") or {}
    shown.update(
        updatedAt=record.updated_at,
        sourceServiceRevisions=[_weighted(record, item) for item in record.sources],
        targetServiceRevision=_weighted(record, record.target),
        deploymentConfiguration=record.configuration,
        deploymentCircuitBreaker={
            "status": record.breaker_state if circuit.get("enable") else "DISABLED",
            "failureCount": record.target.failures, "threshold": breaker.threshold(record.service)})
    alarms = record.configuration.get("alarms") or {}
    if alarms.get("alarmNames"):
        shown["alarms"] = {
            "status": "TRIGGERED" if record.triggered_alarms else record.breaker_state if alarms.get("enable")
            else "DISABLED", "alarmNames": alarms["alarmNames"], "triggeredAlarmNames": record.triggered_alarms}
    if record.rollout and record.rollout.stage:
        shown["lifecycleStage"] = record.rollout.stage
    if record.rollout and record.rollout.hooks:
        shown["lifecycleHookDetails"] = [hook.wire() for hook in record.rollout.hooks]
    if record.stopped_at is not None:
        shown["stoppedAt"] = record.stopped_at
    if record.rollback:
        shown["rollback"] = record.rollback
    return shown


def list_service_deployments(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    service = ctx.store.service(params)
    wanted = params.get("status")
    after = (params.get("createdAt") or {}).get("after", 0)
    before = (params.get("createdAt") or {}).get("before", float("inf"))
    found = [_brief(record) for record in service.history
             if (not wanted or record.status in wanted) and after <= record.created_at <= before]
    return page(found, params, "serviceDeployments", 20)


def _find(ctx: Any, arn: str) -> Optional[ServiceDeployment]:
    parts = arn.partition("service-deployment/")[2].split("/")
    if len(parts) != 3 or parts[0] not in ctx.store.clusters:
        return None
    service = ctx.store.clusters[parts[0]].services.get(parts[1])
    return next((record for record in service.history if record.arn == arn), None) if service else None


def describe_service_deployments(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    arns = params["serviceDeploymentArns"]
    if not 1 <= len(arns) <= 20:
        raise invalid("serviceDeploymentArns must have 1 to 20 elements.")
    found: List[Dict[str, Any]] = []
    failures: List[Dict[str, str]] = []
    for arn in arns:
        record = _find(ctx, arn)
        if record:
            found.append(_whole(record))
        else:
            failures.append({"arn": arn, "reason": "MISSING"})
    return {"serviceDeployments": found, "failures": failures}


def stop_service_deployment(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    record = _find(ctx, params["serviceDeploymentArn"])
    if record is None:
        raise AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.")
    if record.final or record.rollback:
        raise AwsError("ConflictException", f"The service deployment is in state {record.status} and cannot be stopped.")
    rollback = (params.get("stopType") or "ROLLBACK") == "ROLLBACK"
    if record.rollout:
        _request_rollback(ctx, record, rollback, "Service deployment rolled back because it was stopped by a user.")
        return {"serviceDeploymentArn": record.arn}
    ctx.scheduler.fail(record.service, record.target, "stopped by user", rollback)
    ctx.scheduler.poke(record.service, 0)
    return {"serviceDeploymentArn": record.arn}


def _request_rollback(ctx: Any, record: ServiceDeployment, rollback: bool, why: str) -> None:
    if not rollback:
        raise AwsError("UnsupportedFeatureException", "The only stop type of this deployment strategy is ROLLBACK.")
    record.status, record.updated_at = "ROLLBACK_REQUESTED", ctx.world.date()
    record.rollout.requested = why
    ctx.scheduler.poke(record.service)


def continue_service_deployment(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    record = _find(ctx, params["serviceDeploymentArn"])
    if record is None:
        raise AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.")
    waiting = [hook for hook in (record.rollout.hooks if record.rollout and not record.final else [])
               if hook.id == params["hookId"] and hook.status == "AWAITING_ACTION"]
    if not waiting:
        raise invalid(f"The lifecycle hook {params['hookId']} is not awaiting an action.")
    if params.get("action", "CONTINUE") == "ROLLBACK":
        _request_rollback(ctx, record, True, "Service deployment rolled back by a user at a lifecycle hook.")
    else:
        waiting[0].status = "SUCCEEDED"
        ctx.scheduler.poke(record.service, 0)
    return {"serviceDeploymentArn": record.arn}


def _revision(service: Service, deployment: Deployment) -> Dict[str, Any]:
    shown = {
        "serviceRevisionArn": deployment.revision_arn, "serviceArn": service.arn, "clusterArn": service.cluster.arn,
        "createdAt": deployment.created_at, "guardDutyEnabled": False,
        "containerImages": [{"containerName": item["name"], "image": item.get("image", "")}
                            for item in deployment.definition.containers],
    }
    shown.update({name: value for name, value in deployment.revision.items() if value is not None})
    if deployment.balancers:
        shown["resolvedConfiguration"] = {"loadBalancers": [
            {"targetGroupArn": item["targetGroupArn"],
             "productionListenerRule": item["advancedConfiguration"]["productionListenerRule"]}
            for item in deployment.balancers if item.get("advancedConfiguration")]}
    return shown


def describe_service_revisions(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    arns = params["serviceRevisionArns"]
    if not 1 <= len(arns) <= 20:
        raise invalid("serviceRevisionArns must have 1 to 20 elements.")
    known = {}
    for arn in arns:
        parts = arn.partition("service-revision/")[2].split("/")
        cluster = ctx.store.clusters.get(parts[0])
        service = cluster.services.get(parts[1]) if cluster and len(parts) == 3 else None
        for record in service.history if service else []:
            known[record.target.revision_arn] = _revision(service, record.target)
    return {"serviceRevisions": [known[arn] for arn in arns if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known]}


OPERATIONS = {
    "ContinueServiceDeployment": continue_service_deployment,
    "DescribeServiceDeployments": describe_service_deployments,
    "DescribeServiceRevisions": describe_service_revisions,
    "ListServiceDeployments": list_service_deployments,
    "StopServiceDeployment": stop_service_deployment,
}
