"""Services with the EXTERNAL controller: blue and green by task sets."""

from .support import NETWORK, SandboxTest


class TaskSets(SandboxTest):
    def service(self, count=4):
        return self.ecs.create_service(cluster="demo", serviceName="bg", desiredCount=count,
                                       deploymentController={"type": "EXTERNAL"})["service"]

    def task_set(self, image="good:1", percent=100, **more):
        arguments = {"cluster": "demo", "service": "bg", "taskDefinition": self.register(image), "launchType": "FARGATE",
                     "networkConfiguration": NETWORK, "scale": {"value": percent, "unit": "PERCENT"}, **more}
        arguments = {name: value for name, value in arguments.items() if value is not None}
        return self.ecs.create_task_set(**arguments)["taskSet"]

    def shown(self):
        return {item["id"]: item for item in
                self.ecs.describe_task_sets(cluster="demo", service="bg")["taskSets"]}

    def advance(self, seconds=0):
        self.sandbox.control("clock", {"manual": True, "advance": seconds})

    def test_a_task_set_stabilizes_at_its_share_rounded_up(self):
        self.service(count=5)
        self.sandbox.control("clock", {"manual": True})
        made = self.task_set(percent=50)
        self.assertEqual(("STABILIZING", 3, 0), (made["stabilityStatus"], made["computedDesiredCount"],
                                                 made["runningCount"]))
        self.advance(0.1)
        self.assertEqual((3, "STABILIZING"), (self.shown()[made["id"]]["pendingCount"],
                                              self.shown()[made["id"]]["stabilityStatus"]))
        self.advance(1)
        self.assertEqual((3, "STEADY_STATE"), (self.shown()[made["id"]]["runningCount"],
                                               self.shown()[made["id"]]["stabilityStatus"]))
        started = self.ecs.list_tasks(cluster="demo", startedBy=made["id"])["taskArns"]
        self.assertEqual(3, len(started))

    def test_green_replaces_blue(self):
        self.service()
        blue = self.task_set()
        self.ecs.update_service_primary_task_set(cluster="demo", service="bg", primaryTaskSet=blue["taskSetArn"])
        self.assertEqual(blue["taskDefinition"], self.describe("bg")["taskDefinition"])
        green = self.task_set("good:2", percent=0, externalId="deployment-2")
        self.advance(1)
        self.assertEqual("STEADY_STATE", self.shown()[green["id"]]["stabilityStatus"])
        self.ecs.update_task_set(cluster="demo", service="bg", taskSet=green["id"],
                                 scale={"value": 100, "unit": "PERCENT"})
        self.assertEqual("STABILIZING", self.shown()[green["id"]]["stabilityStatus"])
        self.advance(1)
        self.assertEqual(8, self.describe("bg")["runningCount"])
        self.ecs.update_service_primary_task_set(cluster="demo", service="bg", primaryTaskSet=green["id"])
        self.refused("InvalidParameterException", "scaled above 0", self.ecs.delete_task_set, cluster="demo",
                     service="bg", taskSet=blue["id"])
        self.ecs.delete_task_set(cluster="demo", service="bg", taskSet=blue["id"], force=True)
        self.assertEqual(("DRAINING", "PRIMARY"), (self.shown()[blue["id"]]["status"],
                                                   self.shown()[green["id"]]["status"]))
        self.advance(1)
        self.assertEqual([green["id"]], list(self.shown()))
        self.refused("TaskSetNotFoundException", "", self.ecs.delete_task_set, cluster="demo", service="bg",
                     taskSet=blue["id"])

    def test_task_sets_follow_the_services_count(self):
        self.service(count=2)
        made = self.task_set()
        self.ecs.update_service(cluster="demo", service="bg", desiredCount=6)
        self.advance(1)
        self.assertEqual(6, self.shown()[made["id"]]["runningCount"])

    def test_a_token_is_idempotent_and_a_sixth_task_set_refused(self):
        self.service(count=0)
        first = self.task_set(clientToken="a")
        self.assertEqual(first["id"], self.task_set(clientToken="a")["id"])
        for _ in range(4):
            self.task_set()
        self.refused("InvalidParameterException", "5 deployments exist", self.task_set)

    def test_what_belongs_to_the_task_set_is_refused_on_the_service(self):
        self.refused("InvalidParameterException", "taskDefinition is not supported", self.ecs.create_service,
                     cluster="demo", serviceName="x", desiredCount=1, taskDefinition=self.register(),
                     deploymentController={"type": "EXTERNAL"})
        self.service()
        self.refused("InvalidParameterException", "EXTERNAL", self.ecs.update_service, cluster="demo", service="bg",
                     forceNewDeployment=True)
        self.create_steady("rolling")
        self.refused("UnsupportedFeatureException", "", self.ecs.create_task_set, cluster="demo", service="rolling",
                     taskDefinition="rolling")

    def test_crashing_tasks_never_become_steady(self):
        self.sandbox.control("behaviours", {"exit_after": 0.01})
        self.service(count=1)
        made = self.task_set()
        self.advance(10)
        self.assertEqual("STABILIZING", self.shown()[made["id"]]["stabilityStatus"])
        self.assertEqual({made["id"]}, {task["startedBy"] for task in self.stopped("bg")})

    def test_deletion_takes_the_task_sets_along(self):
        self.service()
        self.task_set()
        self.advance(1)
        self.ecs.delete_service(cluster="demo", service="bg", force=True)
        self.advance(1)
        self.assertEqual("INACTIVE", self.describe("bg")["status"])

    # ---- what goes wrong

    def event_texts(self):
        return self.messages("bg")

    def test_events_name_the_task_set(self):
        self.service(count=2)
        made = self.task_set()
        self.advance(1)
        self.assertIn(f"(service bg, taskSet {made['id']}) has started 2 tasks: (task ", self.event_texts())
        self.assertIn(f"(service bg, taskSet {made['id']}) has reached a steady state.", self.event_texts())
        self.assertEqual("", made["startedBy"])

    def test_a_behaviour_can_begin_with_the_nth_task(self):
        self.sandbox.control("behaviours", {"skip": 2, "times": 1, "exit_after": 0.05, "exit_code": 3})
        self.service(count=4)
        made = self.task_set()
        self.advance(5)
        self.assertEqual((4, "STEADY_STATE"), (self.shown()[made["id"]]["runningCount"],
                                               self.shown()[made["id"]]["stabilityStatus"]))
        self.assertEqual([3], [task["containers"][0]["exitCode"] for task in self.stopped("bg")])

    def test_crashing_green_tasks_do_not_hold_back_blue_ones(self):
        self.service(count=1)
        blue = self.task_set()
        self.advance(1)
        self.sandbox.control("behaviours", {"match": {"image": "^bad:"}, "exit_after": 0.01})
        self.task_set("bad:1")
        self.advance(60)
        self.assertIn("is unable to consistently start tasks successfully", self.event_texts())
        running = self.ecs.list_tasks(cluster="demo", startedBy=blue["id"])["taskArns"]
        self.ecs.stop_task(cluster="demo", task=running[0])
        self.advance(1)
        self.assertEqual((1, "STEADY_STATE"), (self.shown()[blue["id"]]["runningCount"],
                                               self.shown()[blue["id"]]["stabilityStatus"]))

    def test_a_second_task_set_takes_what_spot_has_no_room_for(self):
        self.service(count=25)
        self.sandbox.control("capacity", {"FARGATE_SPOT": 10})
        spot = self.task_set(launchType=None, capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}])
        self.advance(10)
        self.assertEqual((10, 0, "STABILIZING"), tuple(self.shown()[spot["id"]][name] for name in (
            "runningCount", "pendingCount", "stabilityStatus")))
        self.assertIn(f"(service bg, taskSet {spot['id']}) was unable to place a task. Reason: Capacity is unavailable",
                      self.event_texts())
        self.ecs.update_task_set(cluster="demo", service="bg", taskSet=spot["id"], scale={"value": 40, "unit": "PERCENT"})
        rest = self.task_set(percent=60, launchType=None,
                             capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}])
        self.advance(2)
        self.assertEqual({spot["id"]: (10, 10, "STEADY_STATE"), rest["id"]: (15, 15, "STEADY_STATE")}, {
            name: (item["computedDesiredCount"], item["runningCount"], item["stabilityStatus"])
            for name, item in self.shown().items()})

    def test_what_keeps_tasks_from_starting_is_told(self):
        self.service(count=1)
        for behaviour, where, text in (
                ({"pull_error": "failed to resolve ref docker.io/x: not found"}, "task", "CannotPullContainerError: failed"),
                ({"no_launch": "failed to launch a task with (error ECS was unable to assume the role 'arn:x'.)"},
                 "event", "unable to assume the role"),
                ({"start_error": "ResourceInitializationError: unable to pull secrets or registry auth: x"}, "task",
                 "ResourceInitializationError")):
            self.sandbox.control("behaviours", behaviour)
            made = self.task_set()
            self.advance(1)
            found = self.event_texts() if where == "event" else "".join(
                task["stoppedReason"] for task in self.stopped("bg") if task["startedBy"] == made["id"])
            self.assertIn(text, found)
            self.assertEqual("STABILIZING", self.shown()[made["id"]]["stabilityStatus"])
            self.ecs.delete_task_set(cluster="demo", service="bg", taskSet=made["id"], force=True)
            self.sandbox.control("behaviours", method="DELETE")
            self.advance(1)
        self.sandbox.control("addresses", {"subnet-1": 0, "subnet-2": 0})
        self.task_set()
        self.advance(1)
        self.assertIn("InsufficientFreeAddressesInSubnet", str([task["stoppedReason"] for task in self.stopped("bg")]))

    def test_draining_task_sets_count_among_the_five(self):
        self.service(count=1)
        made = [self.task_set(percent=0) for _ in range(4)] + [self.task_set()]
        self.advance(1)
        self.sandbox.control("timing", {"stop": 10})
        self.ecs.delete_task_set(cluster="demo", service="bg", taskSet=made[4]["id"], force=True)
        self.advance(1)
        self.assertEqual("DRAINING", self.shown()[made[4]["id"]]["status"])
        self.refused("InvalidParameterException", "5 deployments exist", self.task_set)
        self.advance(10)
        self.task_set()

    def test_the_service_shows_what_its_primary_task_set_has(self):
        self.service()
        self.assertNotIn("taskDefinition", self.describe("bg"))
        made = self.task_set(platformVersion="1.4.0")
        self.ecs.update_service_primary_task_set(cluster="demo", service="bg", primaryTaskSet=made["id"])
        shown = self.describe("bg")
        self.assertEqual((made["taskDefinition"], "FARGATE", "1.4.0", NETWORK["awsvpcConfiguration"]["subnets"]), (
            shown["taskDefinition"], shown["launchType"], shown["platformVersion"],
            shown["networkConfiguration"]["awsvpcConfiguration"]["subnets"]))
        self.assertEqual("PRIMARY", shown["taskSets"][0]["status"])
        self.refused("InvalidParameterException", "deployments are active", self.ecs.delete_service, cluster="demo",
                     service=self.scaled_down())
        self.ecs.delete_task_set(cluster="demo", service="bg", taskSet=made["id"], force=True)
        self.assertNotIn("taskDefinition", self.describe("bg"))
        self.advance(1)
        self.ecs.delete_service(cluster="demo", service="bg")
        self.refused("ServiceNotActiveException", "", self.task_set)

    def scaled_down(self):
        self.ecs.update_service(cluster="demo", service="bg", desiredCount=0)
        return "bg"

    def test_a_fresh_task_set_can_look_steady_too_early(self):
        self.sandbox.control("config", {"fresh_task_sets": "steady"})
        self.service(count=2)
        self.advance()
        made = self.task_set()
        self.assertEqual(("STEADY_STATE", 2, 0), (made["stabilityStatus"], made["computedDesiredCount"],
                                                  made["runningCount"]))
        self.advance(0.1)
        self.assertEqual("STABILIZING", self.shown()[made["id"]]["stabilityStatus"])

    def test_only_what_external_services_have_can_be_changed(self):
        for refused in ({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}},
                        {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}},
                        {"schedulingStrategy": "DAEMON"}, {"launchType": "FARGATE"}, {"networkConfiguration": NETWORK},
                        {"serviceConnectConfiguration": {"enabled": True}}):
            self.refused("InvalidParameterException", "EXTERNAL", self.ecs.create_service, cluster="demo",
                         serviceName="bg", desiredCount=1, deploymentController={"type": "EXTERNAL"}, **refused)
        self.service()
        self.refused("InvalidParameterException", "EXTERNAL", self.ecs.update_service, cluster="demo", service="bg",
                     taskDefinition=self.register())
        changed = self.ecs.update_service(cluster="demo", service="bg", desiredCount=3, enableExecuteCommand=True,
                                          healthCheckGracePeriodSeconds=9)["service"]
        self.assertEqual((3, True, 9), (changed["desiredCount"], changed["enableExecuteCommand"],
                                        changed["healthCheckGracePeriodSeconds"]))
