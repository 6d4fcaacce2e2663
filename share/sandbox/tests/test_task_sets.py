"""Services with the EXTERNAL controller: blue and green by task sets."""

from .support import NETWORK, SandboxTest


class TaskSets(SandboxTest):
    def service(self, count=4):
        return self.ecs.create_service(cluster="demo", serviceName="bg", desiredCount=count,
                                       deploymentController={"type": "EXTERNAL"})["service"]

    def task_set(self, image="good:1", percent=100, **more):
        arguments = {"cluster": "demo", "service": "bg", "taskDefinition": self.register(image), "launchType": "FARGATE",
                     "networkConfiguration": NETWORK, "scale": {"value": percent, "unit": "PERCENT"}, **more}
        return self.ecs.create_task_set(**arguments)["taskSet"]

    def shown(self):
        return {item["id"]: item for item in
                self.ecs.describe_task_sets(cluster="demo", service="bg")["taskSets"]}

    def advance(self, seconds):
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
