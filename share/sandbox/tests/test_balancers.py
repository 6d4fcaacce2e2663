"""Load balancers: rules that are checked, targets that take time, traffic that is watched."""

from .support import NETWORK, SandboxTest

LB = {"name": "lb", "listeners": [{"port": 80, "forward": {"blue": 100, "green": 0}}], "free": ["spare"]}


class Balancers(SandboxTest):
    def build(self, **balancer):
        made = self.sandbox.control("seed", {"balancers": [{**LB, **balancer}]})
        self.assertIn("balancers", made, made)
        return next(iter(made["balancers"].values()))

    @property
    def elb(self):
        return self.sandbox.client("elbv2")

    def forward(self, *weights, **more):
        return [{"Type": "forward", "ForwardConfig": {"TargetGroups": [
            {"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights], **more}}]

    def modify(self, made, actions):
        return self.elb.modify_listener(ListenerArn=made["listeners"]["80"], DefaultActions=actions)

    def health(self, group):
        return sorted((item["TargetHealth"]["State"], item["TargetHealth"].get("Reason")) for item in
                      self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"])

    def service(self, made, group="blue", **more):
        return self.create_steady(loadBalancers=[{"targetGroupArn": made["groups"][group], "containerName": "app",
                                                  "containerPort": 80}], **more)

    def advance(self, seconds=0):
        self.sandbox.control("clock", {"manual": True, "advance": seconds})

    # ---- what is refused

    def test_forward_actions_are_checked(self):
        made = self.build()
        other = self.sandbox.control("seed", {"balancers": [{
            "name": "other", "listeners": [{"port": 80, "forward": {"theirs": 1}}]}]})["balancers"]["other"]
        blue, green = made["groups"]["blue"], made["groups"]["green"]
        unknown = blue.replace("/blue/", "/nobody/")
        for code, part, actions in (
                ("ValidationError", "between 0 and 999", self.forward((blue, 1000), (green, 0))),
                ("TargetGroupNotFound", "nobody", self.forward((blue, 1), (unknown, 0))),
                ("TooManyTargetGroups", "5", self.forward(*[(blue + str(number), 1) for number in range(6)])),
                ("InvalidLoadBalancerAction", "only one target group",
                 [{**self.forward((blue, 1), (green, 1))[0], "TargetGroupArn": blue}]),
                ("InvalidLoadBalancerAction", "same target group",
                 [{**self.forward((green, 1))[0], "TargetGroupArn": blue}]),
                ("TargetGroupAssociationLimit", "more than one load balancer",
                 self.forward((blue, 1), (other["groups"]["theirs"], 0))),
                ("ValidationError", "stickiness duration", self.forward((blue, 1), (green, 1), **{
                    "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 604801}})),
                ("InvalidLoadBalancerAction", "exactly one", self.forward((blue, 1)) * 2)):
            self.refused(code, part, self.modify, made=made, actions=actions)
            self.refused(code, part, self.elb.create_rule, ListenerArn=made["listeners"]["80"], Priority=7,
                         Conditions=[{"Field": "path-pattern", "Values": ["/x"]}], Actions=actions)
        self.assertEqual([{"TargetGroupArn": blue, "Weight": 100}, {"TargetGroupArn": green, "Weight": 0}],
                         self.rules(made)[0]["Actions"][0]["ForwardConfig"]["TargetGroups"])

    def rules(self, made):
        return self.elb.describe_rules(ListenerArn=made["listeners"]["80"])["Rules"]

    def test_the_default_rule_is_listed_and_changed_by_its_listener_only(self):
        made = self.build(listeners=[{"port": 80, "forward": {"blue": 1}, "rules": [
            {"priority": 20, "path": "/b", "forward": {"blue": 1}}, {"priority": 3, "forward": {"blue": 1}}]}])
        rules = self.rules(made)
        self.assertEqual([("3", False), ("20", False), ("default", True)],
                         [(rule["Priority"], rule["IsDefault"]) for rule in rules])
        self.assertRegex(rules[2]["RuleArn"], r":listener-rule/app/lb/[0-9a-f]{16}/[0-9a-f]{16}/[0-9a-f]{16}$")
        for call in (self.elb.modify_rule, self.elb.delete_rule):
            more = {"Actions": self.forward((made["groups"]["blue"], 1))} if call == self.elb.modify_rule else {}
            self.refused("OperationNotPermitted", "Default rule", call, RuleArn=rules[2]["RuleArn"], **more)
        self.elb.modify_rule(RuleArn=rules[0]["RuleArn"], Actions=self.forward((made["groups"]["spare"], 5)))
        self.assertEqual(made["groups"]["spare"], self.rules(made)[0]["Actions"][0]["TargetGroupArn"])
        self.refused("RuleNotFound", "", self.elb.modify_rule, RuleArn=rules[0]["RuleArn"][:-1] + "x",
                     Actions=self.forward((made["groups"]["blue"], 1)))

    # ---- what is shown

    def test_one_group_is_shown_both_ways_and_two_only_in_the_configuration(self):
        made = self.build()
        blue, green = made["groups"]["blue"], made["groups"]["green"]
        listener = self.modify(made, [{"Type": "forward", "TargetGroupArn": blue}])["Listeners"][0]
        for action in (listener["DefaultActions"][0], self.rules(made)[0]["Actions"][0]):
            self.assertEqual(blue, action["TargetGroupArn"])
            self.assertEqual({"TargetGroups": [{"TargetGroupArn": blue, "Weight": 1}],
                              "TargetGroupStickinessConfig": {"Enabled": False}}, action["ForwardConfig"])
        self.modify(made, [{**self.forward((blue, 7))[0], "TargetGroupArn": blue}])
        self.assertEqual(7, self.rules(made)[0]["Actions"][0]["ForwardConfig"]["TargetGroups"][0]["Weight"])
        sticky = {"Enabled": True, "DurationSeconds": 60}
        self.modify(made, self.forward((blue, 1), (green, 2), TargetGroupStickinessConfig=sticky))
        action = self.rules(made)[0]["Actions"][0]
        self.assertNotIn("TargetGroupArn", action)
        self.assertEqual(sticky, action["ForwardConfig"]["TargetGroupStickinessConfig"])

    def test_load_balancers_of_a_group_follow_the_rules(self):
        made = self.build()

        def balancers(name):
            return self.elb.describe_target_groups(Names=[name])["TargetGroups"][0]["LoadBalancerArns"]

        self.assertEqual(([made["arn"]], []), (balancers("green"), balancers("spare")))
        self.modify(made, self.forward((made["groups"]["blue"], 1), (made["groups"]["spare"], 0)))
        self.assertEqual(([], [made["arn"]]), (balancers("green"), balancers("spare")))

    def test_an_oidc_secret_is_never_shown_and_can_be_kept(self):
        made = self.build(listeners=[{"port": 443, "protocol": "HTTPS", "forward": {"blue": 1}}])
        listener = made["listeners"]["443"]
        oidc = {"Issuer": "https://id", "AuthorizationEndpoint": "https://id/a", "TokenEndpoint": "https://id/t",
                "UserInfoEndpoint": "https://id/u", "ClientId": "me"}

        def actions(first=1, **more):
            return [{"Type": "authenticate-oidc", "Order": first, "AuthenticateOidcConfig": {**oidc, **more}},
                    {**self.forward((made["groups"]["blue"], 1))[0], "Order": 2}]

        def create(actions):
            return self.elb.create_rule(ListenerArn=listener, Priority=1, Actions=actions,
                                        Conditions=[{"Field": "path-pattern", "Values": ["/x"]}])["Rules"][0]["RuleArn"]

        for given in ({}, {"UseExistingClientSecret": True}):
            self.refused("InvalidLoadBalancerAction", "ClientSecret", create, actions=actions(**given))
        self.refused("InvalidLoadBalancerAction", "last action", create, actions=actions(3, ClientSecret="s"))
        self.elb.modify_listener(ListenerArn=listener, DefaultActions=actions(ClientSecret="geheim"))
        rule = create(actions(ClientSecret="geheim"))
        self.assertNotIn("geheim", str(self.elb.describe_rules(RuleArns=[rule])["Rules"]))
        self.refused("InvalidLoadBalancerAction", "ClientSecret", self.elb.modify_rule, RuleArn=rule, Actions=actions())
        self.elb.modify_rule(RuleArn=rule, Actions=actions(UseExistingClientSecret=True))
        shown = self.elb.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"]
        self.assertEqual([1, 2], [action["Order"] for action in shown])
        self.assertEqual(oidc, shown[0]["AuthenticateOidcConfig"])

    def test_lists_come_in_pages_and_tell_what_is_missing(self):
        made = self.build(free=["spare", "more"], listeners=[{"port": port, "forward": {"blue": 1}}
                                                             for port in (80, 81, 82)])
        self.sandbox.control("seed", {"balancers": [{"name": "lb2"}, {"name": "lb3"}]})
        for call, member, more, count in (
                (self.elb.describe_load_balancers, "LoadBalancers", {}, 3),
                (self.elb.describe_listeners, "Listeners", {"LoadBalancerArn": made["arn"]}, 3),
                (self.elb.describe_target_groups, "TargetGroups", {}, 3),
                (self.elb.describe_rules, "Rules", {"ListenerArn": made["listeners"]["81"]}, 1)):
            found, marker, calls = [], None, 0
            while calls == 0 or marker:
                page = call(PageSize=2, **more, **({"Marker": marker} if marker else {}))
                found += page[member]
                marker, calls = page.get("NextMarker"), calls + 1
            self.assertEqual((count, (count + 1) // 2), (len(found), calls), member)
            self.refused("ValidationError", "marker", call, Marker="nonsense", **more)
        self.refused("LoadBalancerNotFound", "", self.elb.describe_load_balancers, Names=["lb", "lb4"])
        self.refused("ListenerNotFound", "", self.elb.describe_listeners,
                     ListenerArns=[made["listeners"]["80"], made["listeners"]["80"][:-1] + "x"])
        self.refused("DuplicateLoadBalancerName", "", self.elb.create_load_balancer, Name="lb", Subnets=[])
        self.refused("DuplicateListener", "", self.elb.create_listener, LoadBalancerArn=made["arn"], Port=80,
                     Protocol="HTTP", DefaultActions=self.forward((made["groups"]["blue"], 1)))

    def test_a_network_load_balancer_has_weights_too(self):
        made = self.build(type="network", listeners=[{"port": 80, "forward": {"blue": 1}}])
        self.modify(made, self.forward((made["groups"]["blue"], 90), (made["groups"]["spare"], 10)))
        self.assertIn("lb:80/default ModifyListener blue=90 spare=10",
                      self.sandbox.request("GET", "/_sandbox/traffic?format=text", b"", {})[2].decode())
        self.assertIn(":listener/net/lb/", made["listeners"]["80"])

    # ---- targets

    def test_targets_of_tasks_have_true_states(self):
        made = self.build()
        blue = made["groups"]["blue"]
        self.sandbox.control("timing", {"target_healthy": 1, "drain": 2})
        self.advance()
        self.create(count=1, loadBalancers=[{"targetGroupArn": blue, "containerName": "app", "containerPort": 80}])
        self.advance(0.4)
        self.assertEqual([("initial", "Elb.RegistrationInProgress")], self.health(blue))
        self.advance(0.5)
        self.assertEqual([("initial", "Elb.InitialHealthChecking")], self.health(blue))
        self.assertEqual("IN_PROGRESS", self.describe()["deployments"][0]["rolloutState"])
        self.advance(0.5)
        self.assertEqual([("healthy", None)], self.health(blue))
        self.assertEqual("COMPLETED", self.describe()["deployments"][0]["rolloutState"])
        self.modify(made, self.forward((made["groups"]["green"], 1)))
        self.assertEqual([("unused", "Target.NotInUse")], self.health(blue))
        self.modify(made, self.forward((made["groups"]["green"], 1), (blue, 0)))
        self.assertEqual([("initial", "Elb.RegistrationInProgress")], self.health(blue))
        self.advance(1)
        self.assertEqual([("healthy", None)], self.health(blue))
        self.ecs.update_service(cluster="demo", service="web", desiredCount=0)
        self.advance(0.1)
        self.assertEqual([("draining", "Target.DeregistrationInProgress")], self.health(blue))
        self.advance(1.8)
        self.assertEqual("DEACTIVATING", self.stopped()[0]["lastStatus"])
        self.advance(1)
        self.assertEqual([], self.health(blue))
        self.assertEqual("STOPPED", self.stopped()[0]["lastStatus"])

    def test_the_deregistration_delay_can_be_the_groups_own(self):
        made = self.build()
        self.sandbox.control("timing", {"drain": None})
        self.service(made, count=1)
        self.elb.modify_target_group_attributes(TargetGroupArn=made["groups"]["blue"], Attributes=[
            {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}])
        self.advance()
        self.ecs.update_service(cluster="demo", service="web", desiredCount=0)
        self.advance(29)
        self.assertEqual("draining", self.health(made["groups"]["blue"])[0][0])
        self.advance(2)
        self.assertEqual([], self.health(made["groups"]["blue"]))

    def test_an_unhealthy_target_says_why_and_its_task_is_replaced(self):
        made = self.build()
        self.service(made)
        blue = made["groups"]["blue"]
        self.advance()
        self.sandbox.control("targets", {"group": "blue", "health": "unhealthy", "count": 1, "reason": "Request timed out"})
        self.assertEqual([("healthy", None), ("unhealthy", "Target.Timeout")], self.health(blue))
        self.advance(2)
        self.assertEqual([("healthy", None)] * 2, self.health(blue))
        self.assertIn("due to (reason Request timed out)", self.messages())
        self.assertEqual(f"Task failed ELB health checks in (target-group {blue})", self.stopped()[0]["stoppedReason"])

    # ---- traffic

    def holes(self):
        return self.sandbox.control("holes")

    def test_moving_traffic_to_healthy_targets_makes_no_hole(self):
        made = self.build()
        blue, green = made["groups"]["blue"], made["groups"]["green"]
        self.service(made)
        self.service(made, "green", name="other")
        for weight in (10, 50, 100):
            self.modify(made, self.forward((blue, 100 - weight), (green, weight)))
        self.ecs.update_service(cluster="demo", service="web", desiredCount=0)
        self.sandbox.wait(service={"name": "web", "running": 0})
        self.assertEqual([], self.holes())
        self.sandbox.wait(traffic={"rule": "lb:80/default", "group": "green", "weight": 100, "serving": 2})

    def test_traffic_to_a_group_without_healthy_targets_is_a_hole(self):
        made = self.build()
        blue, green = made["groups"]["blue"], made["groups"]["green"]
        self.assertEqual([], self.holes(), "there was never any traffic")
        self.service(made)
        self.advance()
        self.modify(made, self.forward((blue, 75), (green, 25)))
        hole = self.holes()[0]
        self.assertEqual(("lb:80/default", "green", 25, "no healthy target", "ModifyListener", None),
                         tuple(hole[name] for name in ("label", "group", "percent", "why", "cause", "until")))
        self.advance(0.5)
        self.modify(made, self.forward((blue, 100), (green, 0)))
        self.assertAlmostEqual(0.5, self.holes()[0]["until"] - self.holes()[0]["from"], 2)
        self.modify(made, self.forward((blue, 0), (green, 0)))
        self.assertEqual("no weight above 0", self.holes()[1]["why"])
        self.sandbox.control("holes", method="DELETE")
        self.assertEqual(["still open"], [hole["cause"] for hole in self.holes()])

    def test_tasks_that_stop_too_early_make_a_hole_however_short(self):
        made = self.build()
        self.service(made, count=1)
        task = self.ecs.list_tasks(cluster="demo", serviceName="web")["taskArns"][0]
        self.ecs.stop_task(cluster="demo", task=task, reason="oops")
        self.sandbox.wait(service={"name": "web", "running": 1, "steady": True})
        hole = self.holes()[0]
        self.assertIn(f"task {task.rpartition('/')[2]} stops (oops)", hole["cause"])
        self.assertIsNotNone(hole["until"])
        self.assertEqual(1, len(self.holes()))
        self.assertIn("lb:80/default blue 100% no healthy target",
                      self.sandbox.request("GET", "/_sandbox/holes?format=text", b"", {})[2].decode())

    def test_targets_that_turn_unhealthy_or_are_taken_out_make_holes(self):
        made = self.build()
        self.service(made, count=2)
        address = self.elb.describe_target_health(
            TargetGroupArn=made["groups"]["blue"])["TargetHealthDescriptions"][0]["Target"]["Id"]
        self.elb.deregister_targets(TargetGroupArn=made["groups"]["blue"], Targets=[{"Id": address}])
        self.assertEqual([], self.holes())
        self.sandbox.control("targets", {"group": "blue", "health": "unhealthy", "replace": False})
        self.assertIn("became unhealthy", self.holes()[0]["cause"])
        self.sandbox.control("targets", {"group": "blue", "health": "healthy"})
        self.assertIsNotNone(self.holes()[0]["until"])

    def test_task_sets_need_a_group_behind_a_load_balancer(self):
        made = self.build()
        self.ecs.create_service(cluster="demo", serviceName="bg", desiredCount=1,
                                deploymentController={"type": "EXTERNAL"})
        arguments = {"cluster": "demo", "service": "bg", "taskDefinition": self.register(), "launchType": "FARGATE",
                     "networkConfiguration": NETWORK, "scale": {"value": 100, "unit": "PERCENT"}}
        pair = {"containerName": "app", "containerPort": 80}
        self.refused("InvalidParameterException", "does not have an associated load balancer", self.ecs.create_task_set,
                     **arguments, loadBalancers=[{"targetGroupArn": made["groups"]["spare"], **pair}])
        self.sandbox.control("timing", {"target_healthy": 1})
        self.advance()
        self.ecs.create_task_set(**arguments, loadBalancers=[{"targetGroupArn": made["groups"]["green"], **pair}])

        def stability():
            return self.ecs.describe_task_sets(cluster="demo", service="bg")["taskSets"][0]["stabilityStatus"]

        self.advance(0.8)
        self.assertEqual(("initial", "STABILIZING"), (self.health(made["groups"]["green"])[0][0], stability()))
        self.advance(1)
        self.assertEqual(("healthy", "STEADY_STATE"), (self.health(made["groups"]["green"])[0][0], stability()))
