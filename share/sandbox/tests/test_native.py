"""BLUE_GREEN, LINEAR and CANARY: ECS shifts the traffic itself."""

from .support import SandboxTest

ROLE = "arn:aws:iam::123456789012:role/ecs"
HOOK = "arn:aws:lambda:us-east-1:123456789012:function:check"
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


class Native(SandboxTest):
    def setUp(self):
        super().setUp()
        self.lb = self.sandbox.control("seed", {"balancers": [{"name": "lb", "listeners": [
            {"port": 80, "forward": {"blue": 1, "green": 0}}, {"port": 81, "forward": {"blue": 1, "green": 0}}]}]}
        )["balancers"]["lb"]
        self.sandbox.control("clock", {"manual": True})

    def balancers(self, **more):
        return [{"targetGroupArn": self.lb["groups"]["blue"], "containerName": "app", "containerPort": 80,
                 "advancedConfiguration": {"alternateTargetGroupArn": self.lb["groups"]["green"], "roleArn": ROLE,
                                           "productionListenerRule": self.lb["rules"]["lb:80/default"], **more}}]

    def service(self, strategy="BLUE_GREEN", test=False, **configuration):
        more = {"testListenerRule": self.lb["rules"]["lb:81/default"]} if test else {}
        made = self.create(loadBalancers=self.balancers(**more),
                           deploymentConfiguration={"strategy": strategy, "bakeTimeInMinutes": 1, **configuration})
        self.advance(3)
        self.assertEqual("SUCCESSFUL", self.deployment()["status"])
        return made

    def advance(self, seconds=0):
        self.sandbox.control("clock", {"manual": True, "advance": seconds})

    def update(self, image="good:2", **more):
        return self.ecs.update_service(cluster="demo", service="web", taskDefinition=self.register(image), **more)["service"]

    def deployment(self):
        found = self.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"]
        return self.ecs.describe_service_deployments(
            serviceDeploymentArns=[found[0]["serviceDeploymentArn"]])["serviceDeployments"][0]

    def weights(self, port=80):
        rule = [rule for rule in self.sandbox.control("traffic")["rules"] if rule["label"] == f"lb:{port}/default"][0]
        return {group["group"]: group["percent"] for group in rule["groups"]}

    def watch(self, seconds, step=0.02):
        """The lifecycle stages and weights seen while time passes."""
        seen = []
        for _ in range(int(seconds / step)):
            self.advance(step)
            shown = self.deployment()
            now = (shown["status"], shown.get("lifecycleStage"), self.weights()["green"])
            if not seen or seen[-1] != now:
                seen.append(now)
        return seen

    def test_blue_green_goes_through_its_stages(self):
        self.service()
        self.assertEqual({"blue": 100, "green": 0}, self.weights())
        self.sandbox.control("timing", {"minute": 1})
        updated = self.update()
        self.assertEqual("PENDING", self.deployment()["status"])
        seen = self.watch(3)
        stages = [stage for status, stage, _ in seen if status == "IN_PROGRESS"]
        self.assertEqual(["PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT",
                          "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT",
                          "BAKE_TIME", "CLEAN_UP"], stages)
        self.assertEqual({0, 100}, {green for _, _, green in seen})
        self.assertEqual("SUCCESSFUL", seen[-1][0])
        shown = self.describe()
        self.assertEqual([(updated["deployments"][0]["id"], "COMPLETED")],
                         [(item["id"], item["rolloutState"]) for item in shown["deployments"]])
        self.assertEqual(2, shown["runningCount"])
        self.assertEqual([], self.sandbox.control("holes?rule=lb:80/default"))
        self.assertIn("ECS ModifyListener", self.sandbox.request("GET", "/_sandbox/traffic?format=text", b"", {})[2].decode())

    def test_the_next_deployment_uses_the_other_group(self):
        self.service(bakeTimeInMinutes=0)
        for group in ("green", "blue"):
            self.update(f"next:{group}")
            self.advance(4)
            self.assertEqual(100, self.weights()[group])
            arn = self.deployment()["targetServiceRevision"]["arn"]
            revision = self.ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"][0]
            self.assertEqual([{"targetGroupArn": self.lb["groups"][group],
                               "productionListenerRule": self.lb["rules"]["lb:80/default"]}],
                             revision["resolvedConfiguration"]["loadBalancers"])
        self.assertEqual([], self.sandbox.control("holes?rule=lb:80/default"))

    def test_blue_runs_on_while_it_bakes(self):
        self.service()
        self.update()
        self.advance(3)
        self.assertEqual("BAKE_TIME", self.deployment()["lifecycleStage"])
        self.assertEqual(4, self.describe()["runningCount"])
        self.advance(56)
        self.assertEqual("BAKE_TIME", self.deployment()["lifecycleStage"])
        self.advance(5)
        self.assertEqual(("SUCCESSFUL", 2), (self.deployment()["status"], self.describe()["runningCount"]))

    def test_linear_and_canary_shift_in_steps(self):
        self.sandbox.control("timing", {"minute": 0.5})
        self.service("LINEAR", linearConfiguration={"stepPercent": 30, "stepBakeTimeInMinutes": 1})
        self.update()
        seen = self.watch(5)
        self.assertEqual([0, 30, 60, 90, 100], sorted({green for _, _, green in seen}))
        self.assertEqual(4, sum(stage == "PRE_PRODUCTION_TRAFFIC_SHIFT" for _, stage, _ in seen))
        self.ecs.update_service(cluster="demo", service="web", taskDefinition=self.register("good:3"),
                                deploymentConfiguration={"strategy": "CANARY", "linearConfiguration": {}, "canaryConfiguration": {
                                    "canaryPercent": 2.5, "canaryBakeTimeInMinutes": 2}})
        self.advance(1.2)
        shown = self.deployment()
        self.assertEqual((2.5, 97.5), (shown["targetServiceRevision"]["requestedProductionTrafficWeight"],
                                       shown["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"]))
        self.assertEqual({"blue": 2.5, "green": 97.5}, self.weights())
        self.advance(5)
        self.assertEqual(("SUCCESSFUL", {"blue": 100, "green": 0}), (self.deployment()["status"], self.weights()))
        self.assertEqual([], self.sandbox.control("holes?rule=lb:80/default"))

    def test_test_traffic_goes_first(self):
        self.service(test=True)
        self.assertEqual({"blue": 100, "green": 0}, self.weights(81))
        self.sandbox.control("hooks", {"stage": "POST_TEST_TRAFFIC_SHIFT", "result": "IN_PROGRESS"})
        self.update(deploymentConfiguration={"lifecycleHooks": [
            {"hookTargetArn": HOOK, "roleArn": ROLE, "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}]})
        self.advance(2)
        self.assertEqual(({"blue": 0, "green": 100}, {"blue": 100, "green": 0}), (self.weights(81), self.weights(80)))
        hook = self.deployment()["lifecycleHookDetails"][0]
        self.assertEqual(("IN_PROGRESS", HOOK, "AWS_LAMBDA"), (hook["status"], hook["targetArn"], hook["targetType"]))
        self.sandbox.control("hooks", method="DELETE")
        self.advance(1)
        self.assertEqual({"blue": 0, "green": 100}, self.weights(80))

    def test_a_failing_hook_rolls_back(self):
        self.sandbox.control("hooks", {"function": "check$", "stage": "PRODUCTION_TRAFFIC_SHIFT", "result": "FAILED"})
        self.service()
        blue = self.describe()["deployments"][0]["id"]
        self.update(deploymentConfiguration={"lifecycleHooks": [
            {"hookTargetArn": HOOK, "roleArn": ROLE, "lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"]}]})
        seen = self.watch(3)
        self.assertIn(("IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", 100), seen)
        self.assertEqual(("ROLLBACK_SUCCESSFUL", 0), (seen[-1][0], seen[-1][2]))
        self.assertIn("lifecycle hook", self.deployment()["rollback"]["reason"])
        self.assertEqual([blue], [item["id"] for item in self.describe()["deployments"]])
        self.assertEqual([], self.sandbox.control("holes?rule=lb:80/default"))

    def test_a_pause_waits_for_somebody(self):
        self.service()
        hooks = [{"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP", "PRE_PRODUCTION_TRAFFIC_SHIFT"],
                  "timeoutConfiguration": {"timeoutInMinutes": 10, "action": "CONTINUE"}}]
        self.update(deploymentConfiguration={"lifecycleHooks": hooks})
        self.advance(60)
        shown = self.deployment()
        hook = shown["lifecycleHookDetails"][0]
        self.assertEqual(("POST_SCALE_UP", "AWAITING_ACTION", "PAUSE", "CONTINUE"), (
            shown["lifecycleStage"], hook["status"], hook["targetType"], hook["timeoutAction"]))
        arn = shown["serviceDeploymentArn"]
        self.refused("InvalidParameterException", "not awaiting", self.ecs.continue_service_deployment,
                     serviceDeploymentArn=arn, hookId="other")
        self.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"])
        self.advance(1)
        shown = self.deployment()
        self.assertEqual(("PRE_PRODUCTION_TRAFFIC_SHIFT", {"blue": 100, "green": 0}),
                         (shown["lifecycleStage"], self.weights()))
        self.advance(600)
        self.assertEqual({"blue": 0, "green": 100}, self.weights())

    def test_a_pause_can_roll_back_or_time_out(self):
        self.service()
        for ending in ("ROLLBACK", "timeout"):
            self.update(ending.lower() + ":1", deploymentConfiguration={"lifecycleHooks": [
                {"targetType": "PAUSE", "lifecycleStages": ["POST_PRODUCTION_TRAFFIC_SHIFT"],
                 "timeoutConfiguration": {"timeoutInMinutes": 10}}]})
            self.advance(2)
            self.assertEqual({"blue": 0, "green": 100}, self.weights())
            shown = self.deployment()
            if ending == "ROLLBACK":
                self.ecs.continue_service_deployment(
                    serviceDeploymentArn=shown["serviceDeploymentArn"], action="ROLLBACK",
                    hookId=shown["lifecycleHookDetails"][0]["hookId"])
                self.assertEqual("ROLLBACK_REQUESTED", self.deployment()["status"])
            else:
                self.advance(600)
            self.advance(2)
            self.assertEqual(("ROLLBACK_SUCCESSFUL", {"blue": 100, "green": 0}),
                             (self.deployment()["status"], self.weights()))
        self.assertEqual([], self.sandbox.control("holes?rule=lb:80/default"))

    def test_stopping_rolls_back_even_while_blue_goes_away(self):
        self.service()
        self.sandbox.control("timing", {"stop": 20, "minute": 1})
        self.update()
        self.advance(3)
        shown = self.deployment()
        self.assertEqual("CLEAN_UP", shown["lifecycleStage"])
        self.ecs.stop_service_deployment(serviceDeploymentArn=shown["serviceDeploymentArn"], stopType="ROLLBACK")
        self.assertEqual("ROLLBACK_REQUESTED", self.deployment()["status"])
        self.advance(0.1)
        self.assertEqual("ROLLBACK_IN_PROGRESS", self.deployment()["status"])
        self.refused("ConflictException", "", self.ecs.stop_service_deployment,
                     serviceDeploymentArn=shown["serviceDeploymentArn"])
        self.advance(40)
        self.assertEqual(("ROLLBACK_SUCCESSFUL", {"blue": 100, "green": 0}), (self.deployment()["status"], self.weights()))
        self.assertEqual([], self.sandbox.control("holes?rule=lb:80/default"))

    def test_crashing_green_tasks_trip_the_breaker_before_any_traffic(self):
        self.service(**BREAKER)
        self.sandbox.control("behaviours", {"match": {"image": "^bad:"}, "exit_after": 0.01})
        self.update("bad:1")
        self.assertEqual({0}, {green for _, _, green in self.watch(3)})
        shown = self.deployment()
        self.assertEqual(("ROLLBACK_SUCCESSFUL", "TRIGGERED", 3), (
            shown["status"], shown["deploymentCircuitBreaker"]["status"], shown["deploymentCircuitBreaker"]["threshold"]))
        self.assertEqual(2, self.describe()["runningCount"])

    def test_an_alarm_during_the_bake_time_rolls_back(self):
        self.sandbox.control("seed", {"alarms": {"errors": "OK"}})
        self.service(alarms={"alarmNames": ["errors"], "enable": True, "rollback": True})
        self.update()
        self.sandbox.control("alarms", {"name": "errors", "state": "ALARM", "in": 30, "when": {
            "rule": "lb:80/default", "group": "green", "percent": 100}})
        self.advance(20)
        self.assertEqual({"blue": 0, "green": 100}, self.weights())
        self.advance(20)
        shown = self.deployment()
        self.assertEqual(("ROLLBACK_SUCCESSFUL", ["errors"]), (shown["status"], shown["alarms"]["triggeredAlarmNames"]))
        self.assertEqual({"blue": 100, "green": 0}, self.weights())

    def test_a_new_deployment_replaces_an_unfinished_one(self):
        self.service()
        self.update("two:1")
        self.advance(5)
        self.assertEqual({"blue": 0, "green": 100}, self.weights())
        self.update("three:1")
        self.advance(0.1)
        self.assertEqual("RECONCILE_SERVICE", self.deployment()["lifecycleStage"])
        self.assertEqual({"blue": 100, "green": 0}, self.weights())
        self.advance(70)
        states = [item["status"] for item in self.ecs.list_service_deployments(cluster="demo", service="web")[
            "serviceDeployments"]]
        self.assertEqual(["SUCCESSFUL", "STOPPED", "SUCCESSFUL"], states)
        self.assertEqual([], self.sandbox.control("holes?rule=lb:80/default"))

    def test_who_touches_the_rule_is_told(self):
        self.service()
        elb = self.sandbox.client("elbv2")
        actions = [{"Type": "forward", "TargetGroupArn": self.lb["groups"]["blue"]}]
        elb.modify_listener(ListenerArn=self.lb["listeners"]["81"], DefaultActions=actions)
        elb.modify_listener(ListenerArn=self.lb["listeners"]["80"], DefaultActions=actions)
        self.assertEqual([], self.sandbox.control("violations"))
        self.update()
        self.advance(1)
        elb.modify_listener(ListenerArn=self.lb["listeners"]["81"], DefaultActions=actions)
        self.assertEqual([], self.sandbox.control("violations"))
        elb.modify_listener(ListenerArn=self.lb["listeners"]["80"], DefaultActions=actions)
        found = self.sandbox.control("violations")
        self.assertEqual([("demo/web", "ModifyListener")], [(item["service"], item["operation"]) for item in found])

    def test_what_the_strategies_need_is_checked(self):
        advanced = self.balancers()[0]["advancedConfiguration"]

        def refused(part, configuration, balancers=None):
            self.refused("InvalidParameterException", part, self.create,
                         loadBalancers=self.balancers() if balancers is None else balancers,
                         deploymentConfiguration=configuration)

        for name in advanced:
            refused(name, {"strategy": "BLUE_GREEN"}, [{**self.balancers()[0], "advancedConfiguration": {
                key: value for key, value in advanced.items() if key != name}}])
        refused("does not exist", {"strategy": "BLUE_GREEN"}, self.balancers(productionListenerRule=advanced[
            "productionListenerRule"] + "0"))
        refused("load balancer", {"strategy": "LINEAR"}, [])
        refused("stepPercent", {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2.9}})
        refused("canaryPercent must be a multiple", {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.25}})
        refused("only valid with the CANARY", {"strategy": "LINEAR", "canaryConfiguration": {"canaryPercent": 5}})
        refused("bakeTimeInMinutes", {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1441})
        for part, hook in (("PAUSE hooks cannot", {"targetType": "PAUSE", "lifecycleStages": ["TEST_TRAFFIC_SHIFT"]}),
                           ("hookTargetArn and roleArn", {"lifecycleStages": ["PRE_SCALE_UP"]})):
            refused(part, {"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]})
