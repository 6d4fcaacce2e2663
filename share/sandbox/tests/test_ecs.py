"""Task definitions, tasks, clusters, tags: what is refused, paged and shown."""

from .support import NETWORK, SandboxTest


class Definitions(SandboxTest):
    def container(self, **more):
        return {"name": "app", "image": "nginx", **more}

    def test_a_definition_is_shown_with_aws_defaults(self):
        self.register(tags=[{"key": "team", "value": "a"}])
        answer = self.ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])
        shown = answer["taskDefinition"]
        self.assertEqual([{"key": "team", "value": "a"}], answer["tags"])
        self.assertEqual(("ACTIVE", 1, ["EC2", "FARGATE"]), (shown["status"], shown["revision"],
                                                            shown["compatibilities"]))
        container = shown["containerDefinitions"][0]
        self.assertEqual([{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}], container["portMappings"])
        self.assertEqual((True, [], 0), (container["essential"], container["environment"], container["cpu"]))

    def test_revisions_count_up_and_the_newest_active_one_is_meant_by_the_family(self):
        first, second = self.register(), self.register()
        self.assertTrue(first.endswith("web:1") and second.endswith("web:2"))
        self.ecs.deregister_task_definition(taskDefinition="web:2")
        self.assertEqual(1, self.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"])
        self.assertEqual([first], self.ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"])
        self.refused("ClientException", "TaskDefinition is inactive", self.create, taskDefinition="web:2")
        self.refused("ClientException", "Unable to describe", self.ecs.describe_task_definition, taskDefinition="web:9")
        deleted = self.ecs.delete_task_definitions(taskDefinitions=["web:2", "web:1"])
        self.assertEqual(["DELETE_IN_PROGRESS"], [item["status"] for item in deleted["taskDefinitions"]])
        self.assertEqual(["ACTIVE"], [item["reason"] for item in deleted["failures"]])

    def test_what_fargate_does_not_take_is_refused(self):
        fargate = {"family": "f", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
                   "memory": "512", "containerDefinitions": [self.container()]}
        for changes, part in (({"networkMode": "bridge"}, "network mode 'awsvpc'"),
                              ({"cpu": None}, "'cpu' be defined"), ({"memory": None}, "'memory' be defined"),
                              ({"memory": "4096"}, "No Fargate configuration exists"),
                              ({"containerDefinitions": [self.container(logConfiguration={"logDriver": "awslogs"})]},
                               "execution role ARN to support log driver awslogs")):
            arguments = {name: value for name, value in {**fargate, **changes}.items() if value is not None}
            with self.subTest(part):
                if "cpu" not in arguments or "memory" not in arguments:
                    arguments["containerDefinitions"] = [self.container(memory=100)]
                self.refused("ClientException", part, self.ecs.register_task_definition, **arguments)
        self.ecs.register_task_definition(**{**fargate, "cpu": ".5 vCPU", "memory": "1 GB"})

    def test_containers_are_checked(self):
        for containers, part in (([self.container(), self.container()], "not unique"),
                                 ([self.container(memory=64, essential=False)], "at least one essential"),
                                 ([self.container(image="", memory=64)], "image should not be null"),
                                 ([self.container()], "At least one of 'memory' or 'memoryReservation'")):
            with self.subTest(part):
                self.refused("ClientException", part, self.ecs.register_task_definition, family="f",
                             containerDefinitions=containers, **({"memory": "512"} if "unique" in part else {}))


class Services(SandboxTest):
    def test_services_are_described_ten_at_a_time_with_the_missing_ones(self):
        self.create(count=0)
        answer = self.ecs.describe_services(cluster="demo", services=["web", "nope"])
        self.assertEqual(1, len(answer["services"]))
        self.assertEqual([("arn:aws:ecs:us-east-1:123456789012:service/demo/nope", "MISSING")],
                         [(item["arn"], item["reason"]) for item in answer["failures"]])
        self.refused("InvalidParameterException", "more than 10", self.ecs.describe_services, cluster="demo",
                     services=[f"s{number}" for number in range(11)])
        self.refused("ClusterNotFoundException", "Cluster not found.", self.ecs.describe_services, cluster="none",
                     services=["web"])

    def test_tags_are_shown_when_asked_for_and_can_be_changed(self):
        arn = self.create(count=0, tags=[{"key": "a", "value": "1"}])["serviceArn"]
        self.assertNotIn("tags", self.describe())
        self.ecs.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "2"}, {"key": "b", "value": "3"}])
        self.ecs.untag_resource(resourceArn=arn, tagKeys=["b"])
        shown = self.ecs.describe_services(cluster="demo", services=["web"], include=["TAGS"])["services"][0]
        self.assertEqual([{"key": "a", "value": "2"}], shown["tags"])
        self.assertEqual(shown["tags"], self.ecs.list_tags_for_resource(resourceArn=arn)["tags"])

    def test_impossible_services_are_refused(self):
        for arguments, part in (
                ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}}, "subnets can not be empty"),
                ({"capacityProviderStrategy": [{"capacityProvider": "other", "weight": 1}]}, "not associated"),
                ({"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 100}}, "block deployments"),
                ({"loadBalancers": [{"targetGroupArn": "arn:x", "containerName": "app", "containerPort": 80}]},
                 "does not exist"),
                ({"clientToken": "x" * 37}, "clientToken")):
            with self.subTest(part):
                self.refused("InvalidParameterException", part, self.create, **arguments)
        self.refused("ClientException", "TaskDefinition not found", self.create, taskDefinition="none")

    def test_without_a_launch_type_the_cluster_decides(self):
        definition = self.register()
        arguments = {"serviceName": "web", "taskDefinition": definition, "desiredCount": 1,
                     "networkConfiguration": NETWORK}
        self.ecs.create_service(cluster="demo", **arguments)
        self.sandbox.wait(event={"name": "web", "match": "No Container Instances were found"})
        self.sandbox.control("seed", {"clusters": ["other"], "default_strategy": [
            {"capacityProvider": "FARGATE_SPOT", "weight": 1}]})
        self.ecs.create_service(cluster="other", **arguments)
        self.sandbox.wait(service={"cluster": "other", "name": "web", "rollout": "COMPLETED"})

    def test_regions_and_accounts_are_apart(self):
        self.create(count=0)
        self.refused("ClusterNotFoundException", "", self.sandbox.client("ecs", region="eu-west-1").describe_services,
                     cluster="demo", services=["web"])
        self.sandbox.control("keys", {"AKIDOTHER": {"secret": "s", "account": "222222222222"}})
        self.assertEqual([], self.sandbox.client("ecs", key="AKIDOTHER", secret="s").list_clusters()["clusterArns"])

    def test_lists_are_paged(self):
        for number in range(12):
            self.create(f"s{number}", count=0)
        first = self.ecs.list_services(cluster="demo")
        rest = self.ecs.list_services(cluster="demo", nextToken=first["nextToken"])
        self.assertEqual((10, 2), (len(first["serviceArns"]), len(rest["serviceArns"])))
        self.assertNotIn("nextToken", rest)


class Tasks(SandboxTest):
    def test_running_and_stopped_tasks_are_listed_apart(self):
        self.create_steady()
        running = self.ecs.list_tasks(cluster="demo", serviceName="web")["taskArns"]
        self.assertEqual(2, len(running))
        self.ecs.stop_task(cluster="demo", task=running[0], reason="because")
        self.sandbox.wait(service={"name": "web", "running": 2, "steady": True})
        stopped = self.stopped()[0]
        self.assertEqual((running[0], "UserInitiated", "because"),
                         (stopped["taskArn"], stopped["stopCode"], stopped["stoppedReason"]))
        answer = self.ecs.describe_tasks(cluster="demo", tasks=["0" * 32])
        self.assertEqual("MISSING", answer["failures"][0]["reason"])

    def test_started_by_is_a_filter_of_its_own(self):
        deployment = self.create_steady()["deployments"][0]["id"]
        self.assertEqual(2, len(self.ecs.list_tasks(cluster="demo", startedBy=deployment)["taskArns"]))
        self.refused("InvalidParameterException", "startedBy", self.ecs.list_tasks, cluster="demo",
                     startedBy=deployment, serviceName="web")

    def test_a_task_can_be_run_alone_and_be_out_of_capacity(self):
        self.register()
        self.sandbox.control("capacity", {"FARGATE": 1})
        answer = self.ecs.run_task(cluster="demo", taskDefinition="web", count=2, launchType="FARGATE",
                                   networkConfiguration=NETWORK, startedBy="me")
        self.assertEqual((1, 1), (len(answer["tasks"]), len(answer["failures"])))
        self.assertIn("Capacity is unavailable", answer["failures"][0]["reason"])

    def test_stopped_tasks_are_forgotten_after_an_hour(self):
        self.create_steady(count=1)
        self.ecs.delete_service(cluster="demo", service="web", force=True)
        self.sandbox.wait(service={"name": "web", "status": "INACTIVE"})
        self.assertEqual(1, len(self.stopped()))
        self.sandbox.control("clock", {"manual": True, "advance": 3700})
        self.assertEqual([], self.stopped())


class Neighbours(SandboxTest):
    """What ECS touches in other services."""

    def balancer(self):
        ec2, elb = self.sandbox.client("ec2"), self.sandbox.client("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone="us-east-1" + zone)
                   ["Subnet"]["SubnetId"] for number, zone in ((1, "a"), (2, "b"))]
        arn = elb.create_load_balancer(Name="lb", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        group = elb.create_target_group(Name="blue", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
        return elb, arn, group["TargetGroups"][0]["TargetGroupArn"]

    def test_targets_are_registered_checked_and_drained(self):
        elb, balancer, group = self.balancer()
        pair = [{"targetGroupArn": group, "containerName": "app", "containerPort": 80}]
        self.refused("InvalidParameterException", "does not have an associated load balancer", self.create,
                     loadBalancers=pair)
        listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[
            {"Type": "forward", "TargetGroupArn": group}])["Listeners"][0]["ListenerArn"]
        self.create_steady(loadBalancers=pair)

        def health():
            return sorted(item["TargetHealth"]["State"] for item in
                          elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"])

        self.assertEqual(["healthy", "healthy"], health())
        self.assertIn("registered 1 targets in (target-group " + group, self.messages())
        self.refused("ValidationError", "between 0 and 999", elb.modify_listener, ListenerArn=listener, DefaultActions=[
            {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group, "Weight": 1000}]}}])
        self.sandbox.control("clock", {"manual": True})
        self.ecs.update_service(cluster="demo", service="web", desiredCount=1)
        self.sandbox.control("clock", {"advance": 0.05})
        self.assertEqual(["draining", "healthy"], health())
        self.sandbox.control("clock", {"advance": 1})
        self.assertEqual(["healthy"], health())

    def test_failed_health_checks_name_the_target_group(self):
        elb, balancer, group = self.balancer()
        elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80,
                            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])
        self.sandbox.control("behaviours", {"health": "unhealthy", "times": 1,
                                            "health_reason": "Request timed out"})
        self.create(count=1, loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 80}])
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED"})
        self.assertIn(f"is unhealthy in (target-group {group}) due to (reason Request timed out)", self.messages())
        self.assertEqual(f"Task failed ELB health checks in (target-group {group})", self.stopped()[0]["stoppedReason"])

    def test_a_crashed_container_leaves_its_last_words_in_the_log(self):
        options = {"awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"}
        definition = self.register(executionRoleArn="arn:aws:iam::123456789012:role/x", container={
            "logConfiguration": {"logDriver": "awslogs", "options": options}})
        self.sandbox.control("behaviours", {"exit_after": 0.01, "times": 1, "log": ["starting", "no database"]})
        self.create(count=1, taskDefinition=definition)
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED"})
        task = self.stopped()[0]["taskArn"].rpartition("/")[2]
        events = self.sandbox.client("logs").get_log_events(
            logGroupName="/ecs/web", logStreamName=f"ecs/app/{task}", startFromHead=True)["events"]
        self.assertEqual(["starting", "no database"], [event["message"] for event in events])

    def test_a_missing_log_group_fails_tasks_when_required(self):
        self.sandbox.control("config", {"log_groups": "require"})
        definition = self.register(executionRoleArn="arn:aws:iam::123456789012:role/x", container={
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/none"}}})
        self.create(count=1, taskDefinition=definition)
        self.sandbox.wait(service={"name": "web", "failed": 1})
        self.assertIn("failed to validate logger args", self.stopped()[0]["stoppedReason"])
        self.sandbox.control("seed", {"log_groups": ["/ecs/none"]})
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED"})

    def test_an_alarm_rolls_a_deployment_back(self):
        alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
        cloudwatch = self.sandbox.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName="errors", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, MetricName="5xx",
            Namespace="X", Period=60, Threshold=1, Statistic="Sum")
        self.create_steady(deploymentConfiguration=alarms)
        self.sandbox.control("behaviours", {"match": {"image": "slow"}, "never_running": True})
        self.ecs.update_service(cluster="demo", service="web", taskDefinition=self.register("slow:1"))
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
        self.sandbox.wait(event={"name": "web", "match": "deployment failed: alarm detected"})
        self.sandbox.wait(service={"name": "web", "rollout": "COMPLETED", "taskDefinition": "web:1"})

    def test_other_services_answer_behind_the_same_front(self):
        self.sandbox.control("seed", {"secrets": {"db": "hunter2"}, "parameters": {"/p": "v"}})
        self.assertEqual("hunter2", self.sandbox.client("secretsmanager").get_secret_value(SecretId="db")["SecretString"])
        self.assertEqual("v", self.sandbox.client("ssm").get_parameter(Name="/p")["Parameter"]["Value"])
        dynamodb = self.sandbox.client("dynamodb")
        dynamodb.create_table(TableName="t", BillingMode="PAY_PER_REQUEST",
                              KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                              AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
        item = {"pk": {"S": "x"}}
        dynamodb.put_item(TableName="t", Item=item, ConditionExpression="attribute_not_exists(pk)")
        self.refused("ConditionalCheckFailedException", "", dynamodb.put_item, TableName="t", Item=item,
                     ConditionExpression="attribute_not_exists(pk)")
        self.assertEqual("123456789012", self.sandbox.client("sts").get_caller_identity()["Account"])
