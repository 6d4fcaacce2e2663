"""What a deployment needs around its services: single tasks, logs, images, autoscaling."""

from .support import NETWORK, SandboxTest

ROLE = "arn:aws:iam::123456789012:role/execution"
LOGS = {"logConfiguration": {"logDriver": "awslogs", "options": {
    "awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}}}


class Surroundings(SandboxTest):
    def run_task(self, family="migrate", **more):
        self.register(family=family)
        return self.ecs.run_task(cluster="demo", taskDefinition=family, launchType="FARGATE",
                                 networkConfiguration=NETWORK, **more)

    def finished(self, task):
        return self.ecs.describe_tasks(cluster="demo", tasks=[task["taskArn"]])["tasks"][0]

    # ---- single tasks

    def test_a_migration_ends_with_its_exit_code(self):
        for code in (0, 3):
            self.sandbox.control("behaviours", {"match": {"family": "^migrate$"}, "exit_after": 0.1, "exit_code": code})
            task = self.run_task(startedBy="deployment-1")["tasks"][0]
            self.assertEqual(("PROVISIONING", "RUNNING", "family:migrate"),
                             (task["lastStatus"], task["desiredStatus"], task["group"]))
            self.sandbox.wait(task={"family": "migrate", "status": "STOPPED", "count": 1 + (code > 0)})
            shown = self.finished(task)
            self.assertEqual((code, "EssentialContainerExited"), (shown["containers"][0]["exitCode"], shown["stopCode"]))
        found = self.ecs.list_tasks(cluster="demo", startedBy="deployment-1", desiredStatus="STOPPED")["taskArns"]
        self.assertEqual(2, len(found))

    def test_a_migration_can_fail_to_start_or_be_stopped(self):
        self.sandbox.control("behaviours", {"times": 1, "pull_error": "failed to resolve ref x: not found"})
        task = self.run_task()["tasks"][0]
        self.sandbox.wait(task={"family": "migrate", "status": "STOPPED"})
        self.assertEqual("TaskFailedToStart", self.finished(task)["stopCode"])
        task = self.run_task()["tasks"][0]
        self.sandbox.wait(task={"family": "migrate", "status": "RUNNING"})
        self.ecs.stop_task(cluster="demo", task=task["taskArn"], reason="cancelled")
        self.sandbox.wait(task={"family": "migrate", "status": "STOPPED", "count": 2})
        shown = self.finished(task)
        self.assertEqual(("UserInitiated", "cancelled"), (shown["stopCode"], shown["stoppedReason"]))
        self.refused("InvalidParameterException", "not found", self.ecs.stop_task, cluster="demo", task="0" * 32)

    def test_running_a_task_is_idempotent_and_checked(self):
        overrides = {"containerOverrides": [{"name": "app", "command": ["migrate"]}]}
        arguments = {"clientToken": "t1", "overrides": overrides}
        self.register(family="migrate")
        first = self.ecs.run_task(cluster="demo", taskDefinition="migrate:1", launchType="FARGATE",
                                  networkConfiguration=NETWORK, **arguments)["tasks"][0]
        again = self.ecs.run_task(cluster="demo", taskDefinition="migrate:1", launchType="FARGATE",
                                  networkConfiguration=NETWORK, **arguments)["tasks"][0]
        self.assertEqual(first["taskArn"], again["taskArn"])
        self.assertEqual(["migrate"], first["overrides"]["containerOverrides"][0]["command"])
        self.refused("ConflictException", "clientToken", self.ecs.run_task, cluster="demo", taskDefinition="migrate:1",
                     launchType="FARGATE", networkConfiguration=NETWORK, clientToken="t1")
        self.refused("InvalidParameterException", "not a container", self.run_task,
                     overrides={"containerOverrides": [{"name": "other"}]})
        self.refused("InvalidParameterException", "count", self.run_task, count=11)

    # ---- logs

    def test_the_last_lines_of_a_crashed_container_can_be_read(self):
        self.sandbox.control("timing", {"log": 2})
        self.sandbox.control("clock", {"manual": True})
        self.sandbox.control("behaviours", {"exit_after": 0.01, "log": [f"line {number}" for number in range(5)]})
        self.create(count=1, taskDefinition=self.register(family="web", container=LOGS, executionRoleArn=ROLE))
        self.sandbox.control("clock", {"advance": 0.5})
        task = self.stopped()[0]["taskArn"].rpartition("/")[2]
        logs = self.sandbox.client("logs")

        def read():
            return logs.get_log_events(logGroupName="/ecs/web", logStreamName=f"web/app/{task}", limit=2,
                                       startFromHead=False)

        self.refused("ResourceNotFoundException", "", read)
        self.sandbox.control("clock", {"advance": 2})
        found = read()
        self.assertEqual(["line 3", "line 4"], [event["message"] for event in found["events"]])
        self.assertTrue(found["nextForwardToken"] and found["nextBackwardToken"])

    def test_each_container_has_its_own_stream(self):
        self.sandbox.control("behaviours", {"log": {"app": ["a"], "proxy": ["p"]}})
        self.ecs.register_task_definition(
            family="two", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512", executionRoleArn=ROLE,
            containerDefinitions=[{"name": name, "image": "x", **LOGS} for name in ("app", "proxy")])
        task = self.ecs.run_task(cluster="demo", taskDefinition="two", launchType="FARGATE",
                                 networkConfiguration=NETWORK)["tasks"][0]["taskArn"].rpartition("/")[2]
        self.sandbox.wait(task={"family": "two", "status": "RUNNING"})
        for name, line in (("app", "a"), ("proxy", "p")):
            found = self.sandbox.client("logs").get_log_events(logGroupName="/ecs/web", logStreamName=f"web/{name}/{task}")
            self.assertEqual([line], [event["message"] for event in found["events"]])

    # ---- images

    def test_images_are_there_or_not(self):
        ecr = self.sandbox.client("ecr")
        # Where moto has no repository, what Lambda is told counts.
        self.sandbox.control("images", {"123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1": None})
        self.refused("ImageNotFoundException", "", ecr.describe_images, repositoryName="web", imageIds=[{"imageTag": "1"}])
        found = ecr.describe_images(repositoryName="web", imageIds=[{"imageTag": "2"}])["imageDetails"]
        self.assertEqual([["2"]], [image["imageTags"] for image in found])
        ecr.create_repository(repositoryName="web")
        self.refused("ImageNotFoundException", "", ecr.describe_images, repositoryName="web", imageIds=[{"imageTag": "1"}])
        manifest = ('{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": '
                    '{"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": "sha256:' + "0" * 64
                    + '"}, "layers": []}')
        ecr.put_image(repositoryName="web", imageManifest=manifest, imageTag="1")
        found = ecr.describe_images(repositoryName="web", imageIds=[{"imageTag": "1"}])["imageDetails"]
        self.assertEqual([["1"]], [image["imageTags"] for image in found])

    # ---- autoscaling

    def target(self, **more):
        return {"ServiceNamespace": "ecs", "ResourceId": "service/demo/web",
                "ScalableDimension": "ecs:service:DesiredCount", **more}

    def test_autoscaling_can_be_suspended_and_taken_off(self):
        scaling = self.sandbox.client("application-autoscaling")
        self.refused("ValidationException", "ECS service doesn't exist", scaling.register_scalable_target,
                     **self.target(MinCapacity=1, MaxCapacity=8))
        self.create_steady()
        self.refused("ValidationException", "MinCapacity", scaling.register_scalable_target, **self.target())
        scaling.register_scalable_target(**self.target(MinCapacity=1, MaxCapacity=8))
        self.refused("ValidationException", "Maximum", scaling.register_scalable_target, **self.target(MinCapacity=9))

        def shown():
            return scaling.describe_scalable_targets(
                ServiceNamespace="ecs", ResourceIds=["service/demo/web"])["ScalableTargets"][0]

        names = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
        self.assertEqual({name: False for name in names}, shown()["SuspendedState"])
        self.assertEqual({"scaled": True, "why": "", "desired": 8},
                         self.sandbox.control("autoscale", {"service": "web", "desired": 20}))
        self.sandbox.wait(service={"name": "web", "running": 8})
        scaling.register_scalable_target(**self.target(SuspendedState={names[0]: True, names[2]: True}))
        self.assertEqual(({names[0]: True, names[1]: False, names[2]: True}, 1, 8),
                         (shown()["SuspendedState"], shown()["MinCapacity"], shown()["MaxCapacity"]))
        self.assertEqual("suspended", self.sandbox.control("autoscale", {"service": "web", "desired": 1})["why"])
        scaling.register_scalable_target(**self.target(SuspendedState={names[0]: False}))
        self.assertTrue(self.sandbox.control("autoscale", {"service": "web", "desired": 2})["scaled"])
        scaling.deregister_scalable_target(**self.target())
        self.refused("ObjectNotFoundException", "No scalable target", scaling.deregister_scalable_target, **self.target())
        self.assertEqual("no scalable target", self.sandbox.control("autoscale", {"service": "web", "desired": 1})["why"])

    def test_scalable_targets_come_in_pages(self):
        scaling = self.sandbox.client("application-autoscaling")
        for number in range(5):
            self.create(f"s{number}", count=0)
            scaling.register_scalable_target(ServiceNamespace="ecs", ResourceId=f"service/demo/s{number}", MinCapacity=1,
                                             MaxCapacity=2, ScalableDimension="ecs:service:DesiredCount")
        found, token = [], None
        while len(found) < 5:
            page = scaling.describe_scalable_targets(ServiceNamespace="ecs", MaxResults=2,
                                                     **({"NextToken": token} if token else {}))
            found += [target["ResourceId"] for target in page["ScalableTargets"]]
            token = page.get("NextToken")
        self.assertEqual(([f"service/demo/s{number}" for number in range(5)], None), (found, token))
