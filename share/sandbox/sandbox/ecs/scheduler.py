"""The service scheduler: brings each service nearer to what was asked for.

It looks at a service when something happened to it (poke()), never at all of
them, so a thousand quiet services cost nothing.
"""

import math
import random
from typing import Any, Dict, List, Optional

from ..world import World
from . import breaker, native, placement, task_sets
from .lifecycle import Lifecycle
from .model import Deployment, Service, ServiceDeployment, Task, TaskDefinition

# How often a deployment watched by alarms is looked at, in sandbox ms.
ALARM_POLL = 100


class Scheduler:
    def __init__(self, world: World) -> None:
        self.world = world
        self.lifecycle = Lifecycle(world, self.poke)

    def poke(self, service: Service, delay_ms: Optional[int] = None) -> None:
        """Look at a service soon (after timing.schedule, unless told when)."""
        at = self.world.timers.now + (self.world.ms("schedule") if delay_ms is None else delay_ms)
        if service.timer:
            if service.timer.at <= at:
                return
            service.timer.cancel()
        service.timer = self.world.timers.at(at, lambda: self._look(service))

    def _look(self, service: Service) -> None:
        service.timer = None
        if service.status == "DRAINING":
            self._drain(service)
        elif service.status == "ACTIVE" and service.controller == "ECS":
            if native.is_native(service.configuration):
                native.look(self, service)
            else:
                self._roll(service)
        elif service.status == "ACTIVE":
            task_sets.reconcile(self, service)

    def _event(self, service: Service, text: str) -> None:
        service.event(self.world.date(), text)

    # ---- deployments

    def start_deployment(self, service: Service, definition: TaskDefinition, revision: Dict[str, Any],
                         rollback_of: Optional[Deployment] = None) -> Deployment:
        """Make a new PRIMARY deployment; the present one becomes ACTIVE."""
        now = self.world.date()
        sources = [item for item in service.deployments if item.tasks()]
        for item in service.deployments:
            item.status = "ACTIVE"
        number = str(random.randrange(10**18, 10**19))
        revision_arn = service.store.arn(f"service-revision/{service.cluster.name}/{service.name}/{number}")
        if rollback_of and service.last_good:
            revision_arn = service.last_good.revision_arn
        deployment = Deployment(f"ecs-svc/{number}", service, definition, dict(revision), revision_arn, now,
                                desired=service.desired, rollback_of=rollback_of, updated_at=now)
        deployment.reason = f"ECS deployment {deployment.id} in progress."
        if service.last_good and service.last_good.balancers:
            deployment.balancers = service.last_good.balancers    # traffic goes there now
        service.deployments.insert(0, deployment)
        service.revision = dict(revision)
        service.steady = False
        if rollback_of is None:
            self._supersede(service)
            service.history.insert(0, ServiceDeployment(
                service.store.arn(f"service-deployment/{service.cluster.name}/{service.name}/{_short_id()}"),
                service, deployment, sources, now, dict(service.configuration), started_at=now, updated_at=now))
            if native.is_native(service.configuration):
                native.begin(self, service, service.history[0])
        self.poke(service)
        return deployment

    def _supersede(self, service: Service) -> None:
        if service.history and not service.history[0].final:
            self.finish(service, "STOPPED", "The service deployment was replaced by a newer one.")

    def finish(self, service: Service, status: str, reason: str = "") -> None:
        """Close the newest service deployment."""
        record = service.history[0]
        record.status, record.reason = status, reason
        record.updated_at = record.finished_at = self.world.date()
        if status == "STOPPED":
            record.stopped_at = record.finished_at
        if record.breaker_state == "MONITORING":
            record.breaker_state = "MONITORING_COMPLETE"

    def fail(self, service: Service, deployment: Deployment, why: str, rollback: bool) -> None:
        """A rolling deployment has failed, or was told to stop: roll back if wanted and possible."""
        breaker.fail(self.world, service, deployment, why)
        good = service.last_good
        if not rollback or good is None:
            self.finish(service, "ROLLBACK_FAILED" if rollback else "STOPPED", deployment.reason)
            return
        record = service.history[0]
        record.status, record.reason, record.updated_at = "ROLLBACK_IN_PROGRESS", deployment.reason, self.world.date()
        record.rollback = {"reason": deployment.reason, "startedAt": self.world.date(),
                           "serviceRevisionArn": good.revision_arn}
        self._event(service, f"rolling back to deployment {good.id}.")
        back = self.start_deployment(service, good.definition, good.revision, rollback_of=deployment)
        back.reason = f"ECS deployment circuit breaker: rolling back to deploymentId {good.id}."

    # ---- one look at one service

    def _drain(self, service: Service) -> None:
        self.stop_tasks(service, [task for task in service.live_tasks if task.wanted], "service deletion")
        if not service.live_tasks:
            service.status = "INACTIVE"
            if service.history and not service.history[0].final:
                self.finish(service, "STOPPED", "The service was deleted.")
            service.deployments.clear()
            service.task_sets.clear()

    def _roll(self, service: Service) -> None:
        primary = service.primary
        if primary.rollout_state == "IN_PROGRESS" and primary.rollback_of is None:
            failed = breaker.verdict(service, primary)
            if failed:
                self.fail(service, primary, *failed)
                primary = service.primary
            elif (service.configuration.get("alarms") or {}).get("enable"):
                self.poke(service, ALARM_POLL)
        primary.desired = service.desired
        if primary.rollout_state != "FAILED":
            self._stop_surplus(service, primary)
            self._start_missing(service, primary)
        self._conclude(service, primary)

    def _stop_surplus(self, service: Service, primary: Deployment) -> None:
        """Scale in, and stop old tasks as far as minimumHealthyPercent allows."""
        wanted = [task for task in service.live_tasks if task.wanted]
        mine = [task for task in wanted if task.deployment is primary]
        mine.sort(key=lambda task: not task.healthy)
        surplus = mine[service.desired:]
        least = math.ceil(service.desired * service.configuration["minimumHealthyPercent"] / 100)
        healthy = sum(task.healthy for task in wanted) - sum(task.healthy for task in surplus)
        for task in sorted((task for task in wanted if task.deployment is not primary), key=lambda task: task.healthy):
            if not task.healthy:
                surplus.append(task)
            elif healthy - 1 >= least:
                healthy -= 1
                surplus.append(task)
        self.stop_tasks(service, surplus, f"deployment {primary.id}")

    def stop_tasks(self, service: Service, tasks: List[Task], cause: str) -> None:
        if not tasks:
            return
        running = [task for task in tasks if task.last_status == "RUNNING"]
        for task in tasks:
            self.lifecycle.stop(task, "ServiceSchedulerInitiated", f"Scaling activity initiated by ({cause})")
        if running:
            running[0].event(self.world.date(), f"has stopped {len(running)} running tasks: "
                             + " ".join(f"(task {task.id})" for task in running) + ".")

    def _start_missing(self, service: Service, primary: Deployment) -> None:
        wanted = [task for task in service.live_tasks if task.wanted]
        mine = [task for task in wanted if task.deployment is primary]
        most = max(service.desired * service.configuration["maximumPercent"] // 100, 1)
        missing = min(service.desired - len(mine), most - len(wanted))
        if missing <= 0:
            if service.desired > len(mine) and all(task.healthy for task in service.live_tasks):
                self._say_stuck(service)
            return
        now = self.world.timers.now
        if now < primary.backoff_until:
            self.poke(service, primary.backoff_until - now)
            return
        self.place(service, primary, primary.definition, primary.revision, missing, mine)

    def _say_stuck(self, service: Service) -> None:
        """Nothing may be stopped, nothing may be started: e.g. 100 and 150 percent of one task."""
        text = ("was unable to stop or start tasks during a deployment because of the service deployment configuration. "
                "Update the minimumHealthyPercent or maximumPercent value and try again.")
        if not any(text in event["message"] for event in list(service.events)[:3]):
            self._event(service, text)

    def place(self, service: Service, deployment: Any, definition: TaskDefinition, revision: Dict[str, Any],
              missing: int, mine: List[Task]) -> None:
        """Launch up to `missing` tasks beside `mine`, as capacity allows."""
        started: List[Task] = []
        for _ in range(missing):
            launch_type, provider = placement.next_place(
                revision.get("capacityProviderStrategy"), revision.get("launchType"), mine + started)
            if placement.room(self.world, service.store, provider or launch_type) <= 0:
                placement.say_no_room(self.world, service, deployment, provider or launch_type)
                self.poke(service, self.world.ms("place"))
                break
            behaviour = self.lifecycle.behaviour(definition, service.cluster, service)
            if behaviour.get("no_launch"):
                self.lifecycle.refuse_launch(service, deployment, behaviour["no_launch"])
                break
            started.append(self.lifecycle.launch(
                service.store, service.cluster, definition, launch_type, provider, service, deployment,
                revision.get("networkConfiguration"),
                getattr(deployment, "balancers", None) or revision.get("loadBalancers"), started_by=deployment.id,
                tags=_propagated(service, definition), behaviour=behaviour))
        if started:
            deployment.event(self.world.date(), f"has started {len(started)} tasks: "
                             + " ".join(f"(task {task.id})" for task in started) + ".")

    def _conclude(self, service: Service, primary: Deployment) -> None:
        """Drop replaced deployments, complete the primary one."""
        live = {id(task.deployment) for task in service.live_tasks}
        for item in service.deployments[1:]:
            item.desired = sum(task.wanted for task in item.tasks())
            rolled_back = primary.rollback_of is item and primary.rollout_state == "IN_PROGRESS"
            if id(item) not in live and not rolled_back and primary.rollout_state != "FAILED":
                service.deployments.remove(item)
        others = [task for task in service.live_tasks if task.deployment is not primary]
        mine = primary.tasks()
        done = (not others and len(mine) == service.desired and all(task.healthy for task in mine)
                and primary.rollout_state != "FAILED")
        if done and primary.rollout_state == "IN_PROGRESS":
            self._complete(service, primary)
        if done and not service.steady:
            self._event(service, "has reached a steady state.")
        service.steady = done

    def _complete(self, service: Service, primary: Deployment) -> None:
        primary.rollout_state = "COMPLETED"
        primary.reason = f"ECS deployment {primary.id} completed."
        primary.updated_at = self.world.date()
        primary.failed_tasks = primary.failures = 0
        service.last_good = primary
        del service.deployments[1:]
        self._event(service, f"(deployment {primary.id}) deployment completed.")
        self.finish(service, "ROLLBACK_SUCCESSFUL" if primary.rollback_of else "SUCCESSFUL",
                    service.history[0].reason if primary.rollback_of else "")


def _propagated(service: Service, definition: TaskDefinition) -> List[Dict[str, str]]:
    """The tags a task gets from what it belongs to."""
    return {"TASK_DEFINITION": definition.tags, "SERVICE": service.tags}.get(service.echoed["propagateTags"], [])


def _short_id() -> str:
    return "".join(random.choices("0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", k=21))
