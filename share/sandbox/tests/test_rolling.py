"""Rolling deployments take time, fail, stop and roll back as on ECS."""

from .support import NETWORK, SandboxTest

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


class Rolling(SandboxTest):
    def test_a_service_starts_pending_and_becomes_steady(self):
        self.sandbox.control("clock", {"manual": True})
        service = self.create()
        self.assertEqual((0, 0, "IN_PROGRESS"), (service["runningCount"], service["pendingCount"],
                                                 service["deployments"][0]["rolloutState"]))
        self.sandbox.control("clock", {"advance": 0.05})
        self.assertEqual((0, 2), (self.describe()["runningCount"], self.describe()["pendingCount"]))
        self.sandbox.control("clock", {"advance": 0.25})
        self.assertEqual("IN_PROGRESS", self.describe()["deployments"][0]["rolloutState"])
        self.assertEqual(2, self.describe()["runningCount"])
        self.sandbox.control("clock", {"advance": 0.1})
        shown = self.describe()
        self.assertEqual(("COMPLETED", 1), (shown["deployments"][0]["rolloutState"], len(shown["deployments"])))
        self.assertIn("(service web) has started 2 tasks: (task ", self.messages())
        self.assertTrue(self.messages().endswith("(service web) has reached a steady state."))

    def test_an_update_keeps_the_healthy_minimum_running(self):
        self.create_steady(count=3)
        old = self.describe()["deployments"][0]["id"]
        self.sandbox.control("clock", {"manual": True})
        new = self.ecs.update_service(cluster="demo", service="web", taskDefinition=self.register("good:2"))["service"]
        primary, former = new["deployments"]
        self.assertEqual(("PRIMARY", "ACTIVE"), (primary["status"], former["status"]))
        self.assertEqual(old, former["id"])
        for _ in range(40):
            self.sandbox.control("clock", {"advance": 0.02})
            shown = self.describe()
            self.assertGreaterEqual(shown["runningCount"], 3)
            self.assertLessEqual(shown["runningCount"] + shown["pendingCount"], 6)
        self.assertEqual([primary["id"]], [item["id"] for item in shown["deployments"]])
        self.assertEqual("COMPLETED", shown["deployments"][0]["rolloutState"])

    def test_minimum_0_and_maximum_100_stop_before_they_start(self):
        self.create_steady(deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100})
        self.sandbox.control("clock", {"manual": True})
        self.ecs.update_service(cluster="demo", service="web", forceNewDeployment=True)
        self.sandbox.control("clock", {"advance": 0.04})
        self.assertEqual(0, self.describe()["runningCount"])
        self.sandbox.control("clock", {"advance": 5})
        self.assertEqual(2, self.describe()["runningCount"])

    def test_crashing_tasks_trip_the_breaker_and_roll_back(self):
        self.create_steady(deploymentConfiguration=BREAKER)
        good = self.describe()["taskDefinition"]
        self.sandbox.control("behaviours", {"match": {"image": "^bad:"}, "exit_after": 0.05, "exit_code": 137,
                                            "reason": "OutOfMemoryError: Container killed due to memory usage"})
        bad = self.ecs.update_service(cluster="demo", service="web",
                                      taskDefinition=self.register("bad:1"))["service"]["deployments"][0]["id"]
        self.sandbox.wait(event={"name": "web", "match": "rolling back to deployment"})
        shown = self.describe()["deployments"]
        failed = [item for item in shown if item["id"] == bad][0]
        self.assertEqual(("ACTIVE", "FAILED"), (failed["status"], failed["rolloutState"]))
        self.assertGreaterEqual(failed["failedTasks"], 3)
        self.assertEqual("ECS deployment circuit breaker: tasks failed to start.", failed["rolloutStateReason"])
        self.assertIn("rolling back to deploymentId", shown[0]["rolloutStateReason"])
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED", "deployments": 1})
        self.assertEqual(good, self.describe()["taskDefinition"])
        crashed = [task for task in self.stopped() if task["stopCode"] == "EssentialContainerExited"]
        self.assertGreaterEqual(len(crashed), 3)
        self.assertEqual(137, crashed[0]["containers"][0]["exitCode"])
        self.assertIn("OutOfMemoryError", crashed[0]["containers"][0]["reason"])
        self.assertEqual(bad, crashed[0]["startedBy"])

    def test_without_a_breaker_crashing_tasks_stay_in_progress_and_back_off(self):
        self.sandbox.control("behaviours", {"exit_after": 0.01})
        self.sandbox.control("clock", {"manual": True})
        self.create(count=1)
        self.sandbox.control("clock", {"advance": 600})
        primary = self.describe()["deployments"][0]
        self.assertEqual("IN_PROGRESS", primary["rolloutState"])
        self.assertGreater(primary["failedTasks"], 10)
        self.assertLess(primary["failedTasks"], 60)
        self.assertIn("is unable to consistently start tasks successfully", self.messages())

    def test_a_breaker_without_a_former_deployment_stalls(self):
        self.sandbox.control("behaviours", {"start_error": "ResourceInitializationError: no"})
        self.create(deploymentConfiguration=BREAKER)
        self.sandbox.wait(service={"name": "web", "rollout": "FAILED"})
        self.assertEqual(0, self.describe()["runningCount"])
        self.assertEqual({"TaskFailedToStart"}, {task["stopCode"] for task in self.stopped()})

    def test_a_failed_deployment_without_rollback_leaves_the_old_tasks(self):
        self.create_steady(deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}})
        self.sandbox.control("behaviours", {"match": {"image": "^bad:"}, "exit_after": 0.01})
        self.ecs.update_service(cluster="demo", service="web", taskDefinition=self.register("bad:1"))
        self.sandbox.wait(service={"name": "web", "rollout": "FAILED"})
        self.assertEqual(2, self.describe()["runningCount"])

    def test_failed_tasks_reset_when_a_task_becomes_healthy(self):
        self.sandbox.control("behaviours", {"exit_after": 0.01, "times": 2})
        self.sandbox.control("clock", {"manual": True})
        self.create(count=1)
        self.sandbox.control("clock", {"advance": 0.5})
        self.assertEqual(1, self.describe()["deployments"][0]["failedTasks"])
        self.sandbox.control("clock", {"advance": 5})
        shown = self.describe()["deployments"][0]
        self.assertEqual((0, "COMPLETED"), (shown["failedTasks"], shown["rolloutState"]))

    def test_the_breakers_threshold_is_configurable(self):
        self.sandbox.control("behaviours", {"exit_after": 0.01})
        for name, threshold, failures in (("count", {"type": "COUNT", "value": 1}, 1),
                                          ("unbounded", {"type": "UNBOUNDED_PERCENT", "value": 50}, 1),
                                          ("bounded", {"type": "BOUNDED_PERCENT", "value": 10}, 3)):
            self.create(name, count=1, deploymentConfiguration={"deploymentCircuitBreaker": {
                "enable": True, "rollback": False, "thresholdConfiguration": threshold}})
            self.sandbox.wait(service={"name": name, "rollout": "FAILED"})
            self.assertEqual(failures, self.describe(name)["deployments"][0]["failedTasks"], name)

    def test_an_image_that_cannot_be_pulled_says_so(self):
        self.sandbox.control("behaviours", {"match": {"image": "nopull"}, "pull_error":
                                            "pull image manifest has been retried 1 time(s): failed to resolve ref"})
        self.create(image="nopull:1", count=1)
        self.sandbox.wait(service={"name": "web", "failed": 1})
        task = self.stopped()[0]
        self.assertEqual("TaskFailedToStart", task["stopCode"])
        self.assertTrue(task["stoppedReason"].startswith("CannotPullContainerError: pull image manifest"))

    def test_a_task_that_cannot_be_launched_is_an_event_and_a_failure(self):
        role = ("failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::123456789012:role/x' "
                "that was provided for this task.)")
        self.sandbox.control("behaviours", {"no_launch": role})
        self.create(deploymentConfiguration=BREAKER)
        self.sandbox.wait(service={"name": "web", "rollout": "FAILED"})
        self.assertIn("(service web) " + role, self.messages())
        self.assertEqual([], self.stopped())

    def test_a_quota_holds_tasks_back_without_failing_the_deployment(self):
        self.sandbox.control("behaviours", {"times": 4, "no_launch": "was unable to place a task. Reason: You've reached "
                                            "the limit on the number of tasks you can run concurrently."})
        self.create(deploymentConfiguration=BREAKER)
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED"})
        self.assertEqual(4, self.messages().count("reached the limit"))

    def test_percents_that_leave_no_room_are_an_event(self):
        self.create_steady(count=1, deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 150})
        self.ecs.update_service(cluster="demo", service="web", forceNewDeployment=True)
        self.sandbox.wait(event={"name": "web", "match": "unable to stop or start tasks during a deployment"})
        self.assertEqual("IN_PROGRESS", self.describe()["deployments"][0]["rolloutState"])
        self.ecs.update_service(cluster="demo", service="web", deploymentConfiguration={"maximumPercent": 200})
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED"})

    def test_unhealthy_containers_are_replaced(self):
        self.sandbox.control("behaviours", {"health": "unhealthy", "times": 1})
        self.create(count=1)
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED"})
        self.assertEqual("Task failed container health checks", self.stopped()[0]["stoppedReason"])
        self.assertIn("failed container health checks", self.messages())

    def test_tasks_that_never_run_cost_no_time_to_simulate(self):
        self.sandbox.control("behaviours", {"never_running": True})
        self.sandbox.control("clock", {"manual": True})
        self.create()
        self.sandbox.control("clock", {"advance": 6000})
        shown = self.describe()["deployments"][0]
        self.assertEqual((0, 2, "IN_PROGRESS"), (shown["runningCount"], shown["pendingCount"], shown["rolloutState"]))

    def test_no_capacity_is_an_event_and_placed_later(self):
        self.sandbox.control("capacity", {"FARGATE_SPOT": 1})
        self.create(count=3, capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}])
        self.sandbox.wait(event={"name": "web", "match": "Capacity is unavailable at this time"})
        self.sandbox.wait(service={"name": "web", "running": 1, "rollout": "IN_PROGRESS"})
        self.sandbox.control("capacity", {"FARGATE_SPOT": None})
        self.sandbox.wait(service={"name": "web", "running": 3, "rollout": "COMPLETED"})

    def test_base_and_weight_split_the_tasks(self):
        self.create_steady(count=6, capacityProviderStrategy=[
            {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
            {"capacityProvider": "FARGATE_SPOT", "weight": 3}])
        arns = self.ecs.list_tasks(cluster="demo", serviceName="web")["taskArns"]
        providers = [task["capacityProviderName"] for task in
                     self.ecs.describe_tasks(cluster="demo", tasks=arns)["tasks"]]
        self.assertEqual((3, 3), (providers.count("FARGATE"), providers.count("FARGATE_SPOT")))

    def test_a_full_subnet_fails_tasks_until_it_has_room(self):
        self.sandbox.control("addresses", {"subnet-1": 1, "subnet-2": 0})
        self.create()
        self.sandbox.wait(service={"name": "web", "running": 1, "failed": 1})
        self.assertIn("does not have enough free addresses", self.stopped()[0]["stoppedReason"])
        self.sandbox.control("addresses", {"subnet-2": 5})
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED"})

    def test_an_interrupted_spot_task_is_replaced_and_counts_as_no_failure(self):
        self.create_steady(capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}])
        taken = self.sandbox.control("interrupt", {"provider": "FARGATE_SPOT"})["tasks"]
        self.assertEqual(1, len(taken))
        self.sandbox.wait(service={"name": "web", "running": 2, "steady": True})
        task = [task for task in self.stopped() if task["taskArn"] == taken[0]][0]
        self.assertEqual("SpotInterruption", task["stopCode"])
        self.assertEqual(0, self.describe()["deployments"][0]["failedTasks"])

    def test_scaling_starts_no_deployment(self):
        before = self.create_steady()["deployments"][0]["id"]
        after = self.ecs.update_service(cluster="demo", service="web", desiredCount=4)["service"]["deployments"]
        self.assertEqual([before], [item["id"] for item in after])
        self.sandbox.wait(service={"name": "web", "running": 4, "steady": True})
        self.ecs.update_service(cluster="demo", service="web", desiredCount=1)
        self.sandbox.wait(service={"name": "web", "running": 1, "steady": True})
        self.assertIn("Scaling activity initiated by (deployment ", self.stopped()[0]["stoppedReason"])

    def test_an_update_that_changes_nothing_starts_no_deployment(self):
        first = self.create_steady()
        again = self.ecs.update_service(cluster="demo", service="web", taskDefinition=first["taskDefinition"],
                                        networkConfiguration=NETWORK)["service"]
        self.assertEqual([first["deployments"][0]["id"]], [item["id"] for item in again["deployments"]])

    def test_deletion_drains_and_becomes_inactive(self):
        self.create_steady()
        self.refused("InvalidParameterException", "while it is scaled above 0", self.ecs.delete_service, cluster="demo",
                     service="web")
        self.sandbox.control("clock", {"manual": True})
        gone = self.ecs.delete_service(cluster="demo", service="web", force=True)["service"]
        self.assertEqual(("DRAINING", 0), (gone["status"], gone["desiredCount"]))
        self.refused("InvalidParameterException", "still Draining", self.create, name="web")
        self.refused("ServiceNotActiveException", "not ACTIVE", self.ecs.update_service, cluster="demo", service="web",
                     desiredCount=1)
        self.sandbox.control("clock", {"advance": 5})
        self.assertEqual("INACTIVE", self.describe()["status"])
        self.assertEqual([], self.ecs.list_services(cluster="demo")["serviceArns"])
        self.create()
        self.sandbox.control("clock", {"advance": 5})
        self.assertEqual(("ACTIVE", 2), (self.describe()["status"], self.describe()["runningCount"]))

    def test_a_client_token_makes_creation_idempotent(self):
        definition = self.register()
        first = self.create(taskDefinition=definition, clientToken="once")
        second = self.create(taskDefinition=definition, clientToken="once")
        self.assertEqual(first["serviceArn"], second["serviceArn"])
        self.refused("InvalidParameterException", "not idempotent", self.create, name="web", clientToken="twice")

    def test_service_deployments_tell_of_a_rollback(self):
        self.create_steady(deploymentConfiguration=BREAKER)
        self.sandbox.control("behaviours", {"match": {"image": "^bad:"}, "exit_after": 0.01})
        self.ecs.update_service(cluster="demo", service="web", taskDefinition=self.register("bad:1"))
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED", "deployments": 1, "taskDefinition": "web:1"})
        listed = self.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"]
        self.assertEqual(["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"], [item["status"] for item in listed])
        whole = self.ecs.describe_service_deployments(
            serviceDeploymentArns=[listed[0]["serviceDeploymentArn"]])["serviceDeployments"][0]
        self.assertEqual(("TRIGGERED", 3), (whole["deploymentCircuitBreaker"]["status"],
                                            whole["deploymentCircuitBreaker"]["threshold"]))
        self.assertEqual(listed[1]["targetServiceRevisionArn"], whole["rollback"]["serviceRevisionArn"])
        revision = self.ecs.describe_service_revisions(
            serviceRevisionArns=[listed[0]["targetServiceRevisionArn"]])["serviceRevisions"][0]
        self.assertTrue(revision["taskDefinition"].endswith("web:2"))

    def test_a_stopped_service_deployment_rolls_back(self):
        self.create_steady()
        self.sandbox.control("behaviours", {"never_running": True})
        self.ecs.update_service(cluster="demo", service="web", taskDefinition=self.register("slow:1"))
        newest = self.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"][0]
        self.sandbox.control("behaviours", method="DELETE")
        self.ecs.stop_service_deployment(serviceDeploymentArn=newest["serviceDeploymentArn"], stopType="ROLLBACK")
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED", "taskDefinition": "web:1", "steady": True})
        newest = self.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"][0]
        self.assertEqual("ROLLBACK_SUCCESSFUL", newest["status"])
