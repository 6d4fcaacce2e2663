"""Lambda: functions, their code, configuration, states, revisions and versions."""

import base64
import hashlib

from .lambdas import ARN, ROLE, LambdaTest, zipped

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"


class Functions(LambdaTest):
    # ---- create

    def test_a_function_is_pending_then_active(self):
        code = zipped()
        made = self.make(code=code, Description="d", Tags={"a": "b"})
        self.assertEqual(("Pending", "Creating", "$LATEST", ARN + "hello"),
                         (made["State"], made["StateReasonCode"], made["Version"], made["FunctionArn"]))
        self.assertNotIn("LastUpdateStatus", made)
        self.assertEqual(base64.b64encode(hashlib.sha256(code).digest()).decode(), made["CodeSha256"])
        self.assertEqual((len(code), 3, 128, ["x86_64"], "Zip"), (made["CodeSize"], made["Timeout"], made["MemorySize"],
                                                                  made["Architectures"], made["PackageType"]))
        self.assertEqual(201, made["ResponseMetadata"]["HTTPStatusCode"])
        self.advance()
        shown = self.fn.get_function(FunctionName=ARN + "hello")
        self.assertEqual(("Active", "Successful"), (shown["Configuration"]["State"],
                                                    shown["Configuration"]["LastUpdateStatus"]))
        self.assertNotEqual(made["RevisionId"], shown["Configuration"]["RevisionId"])
        self.assertEqual(({"a": "b"}, "S3"), (shown["Tags"], shown["Code"]["RepositoryType"]))

    def test_creating_is_refused_in_lambdas_words(self):
        self.make()
        self.refused("ResourceConflictException", "Function already exist: hello", self.make)
        for code, part, wrong in (
                ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.",
                 {"Role": ROLE[:-1] + "nobody"}),
                ("InvalidParameterValueException", "cannot be assumed by Lambda", {"Role": ROLE[:-1] + "people-only"}),
                ("AccessDeniedException", "Cross-account", {"Role": "arn:aws:iam::210987654321:role/f"}),
                ("InvalidParameterValueException", "Could not unzip uploaded file", {"code": b"PK no"}),
                ("InvalidParameterValueException", "Runtime and Handler are mandatory", {"Handler": None}),
                ("InvalidParameterValueException", "python3.7 is no longer supported", {"Runtime": "python3.7"}),
                ("ValidationException", "less than or equal to 900", {"Timeout": 901}),
                ("ValidationException", "less than or equal to 10240", {"MemorySize": 10241}),
                ("ValidationException", "enum value set", {"Runtime": "python9"}),
                ("InvalidParameterValueException", "exceeded the 4KB limit", {
                    "Environment": {"Variables": {"long": "x" * 4100}}}),
                ("InvalidParameterValueException", "AWS_REGION", {"Environment": {"Variables": {"AWS_REGION": "x"}}}),
                ("InvalidParameterValueException", "must coexist", {"VpcConfig": {"SubnetIds": ["subnet-1"]}}),
                ("InvalidParameterValueException", "does not exist", {
                    "Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:none:1"]}),
                ("InvalidParameterValueException", "ImageConfig", {"ImageConfig": {"Command": ["x"]}}),
                ("InvalidParameterValueException", "S3 Error Code: NoSuchBucket", {
                    "Code": {"S3Bucket": "none", "S3Key": "k"}}),
                ("InvalidParameterValueException", "packageType Image", {"PackageType": "Image", "Code": {}}),
                ("InvalidParameterValueException", "is not valid", {
                    "PackageType": "Image", "Code": {"ImageUri": "docker.io/library/app:1"}}),
                ("CodeSigningConfigNotFoundException", "cannot be found", {
                    "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-" + "0" * 17})):
            with self.subTest(part):
                self.refused(code, part, lambda: self.make("other", **wrong))
        self.assertEqual(["hello"], [item["FunctionName"] for item in self.fn.list_functions()["Functions"]])
        self.sandbox.control("calls", method="DELETE")

    def test_roles_of_iam_must_let_lambda_in(self):
        iam = self.sandbox.client("iam")
        for name, service in (("fits", "lambda"), ("tasks", "ecs-tasks")):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument='{"Statement": [{"Effect": "Allow", "Principal": '
                            f'{{"Service": "{service}.amazonaws.com"}}, "Action": "sts:AssumeRole"}}]}}')
        self.make(Role=ROLE[:-1] + "fits")
        self.refused("InvalidParameterValueException", "cannot be assumed", self.make, name="b",
                     Role=ROLE[:-1] + "tasks")

    def test_code_that_is_too_large_is_refused(self):
        self.sandbox.control("config", {"lambda_request_bytes": 3000, "lambda_unzipped_bytes": 100_000})
        self.refused("RequestEntityTooLargeException", "Request must be smaller than 3000 bytes for the CreateFunction",
                     lambda: self.make(code=zipped(size=3_000_000)))
        self.refused("InvalidParameterValueException", "Unzipped size must be smaller than 100000 bytes",
                     lambda: self.make(code=zipped(size=100_000)))
        layer = self.fn.publish_layer_version(LayerName="big", Content={"ZipFile": zipped(size=60_000)})
        self.active(code=zipped(size=30_000), Layers=[layer["LayerVersionArn"]])
        self.refused("InvalidParameterValueException", "Unzipped size", self.fn.update_function_code, FunctionName="hello",
                     ZipFile=zipped(size=45_000))
        self.active("b", code=zipped(size=45_000))
        self.refused("InvalidParameterValueException", "Unzipped size", self.fn.update_function_configuration,
                     FunctionName="b", Layers=[layer["LayerVersionArn"]])

    def test_code_comes_from_s3(self):
        s3 = self.sandbox.client("s3")
        s3.create_bucket(Bucket="code")
        s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
        old = s3.put_object(Bucket="code", Key="hello.zip", Body=zipped("# old"))["VersionId"]
        s3.put_object(Bucket="code", Key="hello.zip", Body=zipped("# new"))
        digest = {text: base64.b64encode(hashlib.sha256(zipped(text)).digest()).decode() for text in ("# old", "# new")}
        where = {"S3Bucket": "code", "S3Key": "hello.zip"}
        self.assertEqual(digest["# new"], self.active(Code=where)["CodeSha256"])
        changed = self.fn.update_function_code(FunctionName="hello", S3ObjectVersion=old, **where)
        self.assertEqual(digest["# old"], changed["CodeSha256"])
        self.advance()
        self.refused("InvalidParameterValueException", "S3 Error Code: NoSuchKey. S3 Error Message: The specified key does "
                     "not exist.", self.fn.update_function_code, FunctionName="hello", S3Bucket="code", S3Key="none")

    def test_images_have_digests(self):
        made = self.active(PackageType="Image", Code={"ImageUri": IMAGE}, ImageConfig={"Command": ["a"]})
        self.assertRegex(made["CodeSha256"], "^[0-9a-f]{64}$")
        self.assertEqual({"ImageConfig": {"Command": ["a"]}}, made["ImageConfigResponse"])
        code = self.fn.get_function(FunctionName="hello")["Code"]
        self.assertEqual((IMAGE, f"{IMAGE[:-2]}@sha256:{made['CodeSha256']}"), (code["ImageUri"], code["ResolvedImageUri"]))
        self.sandbox.control("images", {IMAGE: "sha256:" + "ab" * 32, IMAGE[:-1] + "2": None})
        moved = self.fn.update_function_code(FunctionName="hello", ImageUri=IMAGE)
        self.assertEqual("ab" * 32, moved["CodeSha256"])
        self.advance()
        self.refused("InvalidParameterValueException", "does not exist. Provide a valid source image.",
                     self.fn.update_function_code, FunctionName="hello", ImageUri=IMAGE[:-1] + "2")
        self.refused("InvalidParameterValueException", "Please don't provide Runtime", self.fn.update_function_configuration,
                     FunctionName="hello", Handler="x")

    # ---- update

    def test_a_member_left_out_of_an_update_stays(self):
        everything = {
            "Role": ROLE[:-1] + "g", "Handler": "other.handler", "Runtime": "python3.12", "Description": "new", "Timeout": 9,
            "MemorySize": 256, "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
            "Environment": {"Variables": {"AB": "1"}}, "TracingConfig": {"Mode": "Active"},
            "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
            "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k", "EphemeralStorage": {"Size": 1024},
            "FileSystemConfigs": [{"Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-" + "0" * 17,
                                   "LocalMountPath": "/mnt/a"}],
            "SnapStart": {"ApplyOn": "PublishedVersions"}, "LoggingConfig": {"LogFormat": "JSON"},
            "Layers": [self.fn.publish_layer_version(LayerName="l", Content={"ZipFile": zipped()})["LayerVersionArn"]]}
        before = self.active()
        for name, value in everything.items():
            self.fn.update_function_configuration(FunctionName="hello", **{name: value})
            self.advance()
        shown = self.config()
        for name in ("Role", "Handler", "Runtime", "Description", "Timeout", "MemorySize", "Environment", "TracingConfig",
                     "DeadLetterConfig", "KMSKeyArn", "EphemeralStorage", "FileSystemConfigs"):
            self.assertEqual(everything[name], shown[name], name)
        self.assertEqual((["subnet-1"], "PublishedVersions", "JSON", "INFO", 1), (
            shown["VpcConfig"]["SubnetIds"], shown["SnapStart"]["ApplyOn"], shown["LoggingConfig"]["LogFormat"],
            shown["LoggingConfig"]["SystemLogLevel"], len(shown["Layers"])))
        self.assertEqual(before["CodeSha256"], shown["CodeSha256"])
        self.fn.update_function_configuration(
            FunctionName="hello", Environment={"Variables": {}}, DeadLetterConfig={"TargetArn": ""}, KMSKeyArn="", Layers=[],
            VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}, FileSystemConfigs=[], Description="")
        cleared = self.config()
        self.assertEqual([], [name for name in ("Environment", "KMSKeyArn", "Layers", "FileSystemConfigs") if name in cleared])
        self.assertEqual(([], "", ""), (cleared["VpcConfig"]["SubnetIds"], cleared["Description"],
                                        cleared.get("DeadLetterConfig", {}).get("TargetArn", "")))

    def test_nothing_else_is_changed_while_something_is(self):
        self.make()
        calls = {"UpdateFunctionCode": lambda: self.fn.update_function_code(FunctionName="hello", ZipFile=zipped("# 2")),
                 "UpdateFunctionConfiguration": lambda: self.fn.update_function_configuration(FunctionName="hello", Timeout=5),
                 "PublishVersion": lambda: self.fn.publish_version(FunctionName="hello"),
                 "TagResource": lambda: self.fn.tag_resource(Resource=ARN + "hello", Tags={"a": "b"}),
                 "UntagResource": lambda: self.fn.untag_resource(Resource=ARN + "hello", TagKeys=["a"])}
        for name, call in calls.items():
            self.refused("ResourceConflictException", "The operation cannot be performed at this time. The function is "
                         "currently in the following state: Pending", call)
        self.advance()
        changing = calls["UpdateFunctionCode"]()
        self.assertEqual(("Active", "InProgress"), (changing["State"], changing["LastUpdateStatus"]))
        for name, call in calls.items():
            answer = self.refused("ResourceConflictException", "The operation cannot be performed at this time. An update is "
                                  f"in progress for resource: {ARN}hello", call)
            self.assertEqual(409, answer["ResponseMetadata"]["HTTPStatusCode"])
        self.advance()
        self.assertEqual("Successful", self.config()["LastUpdateStatus"])
        for name, call in calls.items():
            call()
            self.advance()

    def test_updates_fail_as_tests_say(self):
        self.sandbox.control("lambda", [
            {"match": {"function": "^bad$", "on": "create"}, "fail": "SubnetOutOfIPAddresses"},
            {"match": {"function": "hello", "on": "code"}, "times": 1, "fail": "ImageAccessDenied", "reason": "no",
             "after": 3}])
        self.make("bad")
        self.active()
        bad = self.config("bad")
        self.assertEqual(("Failed", "SubnetOutOfIPAddresses"), (bad["State"], bad["StateReasonCode"]))
        self.assertIn("no available IP addresses", bad["StateReason"])
        self.refused("ResourceConflictException", "state: Failed", self.fn.publish_version, FunctionName="bad")
        self.fn.update_function_code(FunctionName="hello", ZipFile=zipped("# 2"))
        self.advance(2.9)
        self.assertEqual("InProgress", self.config()["LastUpdateStatus"])
        self.advance(0.2)
        shown = self.config()
        self.assertEqual(("Active", "Failed", "ImageAccessDenied", "no"), (
            shown["State"], shown["LastUpdateStatus"], shown["LastUpdateStatusReasonCode"], shown["LastUpdateStatusReason"]))
        self.refused("ResourceConflictException", "last update failed", self.fn.publish_version, FunctionName="hello")
        self.assertEqual("1", self.publish())
        self.assertIn("fail must be one of", self.sandbox.control("lambda", {"fail": "Nonsense"})["error"])
        self.assertIn("on must be one of", self.sandbox.control("lambda", {"match": {"on": "x"}})["error"])
        self.assertIn("unknown member", self.sandbox.control("lambda", {"failed": "x"})["error"])

    def test_the_wrong_revision_is_refused(self):
        made = self.active()
        for call in (lambda revision: self.fn.update_function_code(FunctionName="hello", ZipFile=zipped("# 2"),
                                                                   RevisionId=revision),
                     lambda revision: self.fn.update_function_configuration(FunctionName="hello", Timeout=7,
                                                                            RevisionId=revision),
                     lambda revision: self.fn.publish_version(FunctionName="hello", RevisionId=revision)):
            answer = self.refused("PreconditionFailedException", "does not match the latest Revision Id", call,
                                  revision=made["RevisionId"])
            self.assertEqual(412, answer["ResponseMetadata"]["HTTPStatusCode"])
            revision = self.config()["RevisionId"]
            call(revision)
            self.advance()

    def test_each_change_and_transition_has_a_revision(self):
        seen = [self.make()["RevisionId"]]
        for change in (None, lambda: self.fn.update_function_code(FunctionName="hello", ZipFile=zipped("# 2")),
                       lambda: self.fn.update_function_configuration(FunctionName="hello", Timeout=7)):
            if change:
                seen.append(change()["RevisionId"])
                self.assertEqual(seen[-1], self.config()["RevisionId"])
            self.advance()
            seen.append(self.config()["RevisionId"])
        self.assertEqual(6, len(set(seen)))
        version = self.fn.publish_version(FunctionName="hello")
        self.assertEqual(seen[-1], self.config()["RevisionId"])
        self.advance()
        self.assertNotEqual(version["RevisionId"], self.config(Qualifier="1")["RevisionId"])

    def test_an_inactive_function_wakes_up(self):
        self.active()
        idle = {"set": {"function": "hello", "state": "Inactive", "code": "Idle", "reason": "idle"}}
        self.sandbox.control("lambda", idle)
        shown = self.config()
        self.assertEqual(("Inactive", "Idle"), (shown["State"], shown["StateReasonCode"]))
        self.refused("ResourceConflictException", "Pending", self.fn.invoke, FunctionName="hello")
        self.assertEqual(("Pending", "Restoring"), (self.config()["State"], self.config()["StateReasonCode"]))
        self.advance()
        self.assertEqual(200, self.fn.invoke(FunctionName="hello")["StatusCode"])
        self.sandbox.control("lambda", idle)
        self.fn.update_function_configuration(FunctionName="hello", Timeout=7)
        self.advance()
        self.assertEqual("Active", self.config()["State"])
        for wrong, part in (({"function": "none", "state": "Active"}, "no function"), (
                {"function": "hello", "state": "Idle"}, "state must be"), ({"function": "hello", "stat": "x"}, "unknown")):
            self.assertIn(part, self.sandbox.control("lambda", {"set": wrong})["error"])

    def test_a_dry_run_changes_nothing(self):
        self.active()
        before = self.config()
        shown = self.fn.update_function_code(FunctionName="hello", ZipFile=zipped("# 2"), DryRun=True)
        self.assertNotEqual(before["CodeSha256"], shown["CodeSha256"])
        after = self.config()
        self.assertEqual((before["CodeSha256"], before["RevisionId"]), (after["CodeSha256"], after["RevisionId"]))

    # ---- versions

    def test_publishing_twice_gives_one_version(self):
        self.active()
        first = self.fn.publish_version(FunctionName="hello", Description="first")
        self.assertEqual(("1", "Pending", "first", ARN + "hello:1"), (first["Version"], first["State"],
                                                                       first["Description"], first["FunctionArn"]))
        self.advance()
        self.assertEqual("Active", self.config(Qualifier="1")["State"])
        self.assertEqual("1", self.fn.publish_version(FunctionName="hello")["Version"])
        self.fn.update_function_code(FunctionName="hello", ZipFile=zipped())
        self.advance()
        self.assertEqual("1", self.fn.publish_version(FunctionName="hello")["Version"])
        self.fn.update_function_configuration(FunctionName="hello", Timeout=30)
        self.advance()
        self.assertEqual("2", self.fn.publish_version(FunctionName="hello")["Version"])
        self.assertEqual((3, 30), (self.config(Qualifier="1")["Timeout"], self.config("hello:2")["Timeout"]))
        self.refused("InvalidParameterValueException", "is different from current CodeSHA256 in $LATEST",
                     self.fn.publish_version, FunctionName="hello", CodeSha256="x")

    def test_publish_comes_with_create_and_update(self):
        made = self.make(Publish=True)
        self.assertEqual(("1", "Pending"), (made["Version"], made["State"]))
        self.advance()
        self.assertEqual("Active", self.config(Qualifier="1")["State"])
        changed = self.fn.update_function_code(FunctionName="hello", ZipFile=zipped("# 2"), Publish=True)
        self.assertEqual(("2", "Pending"), (changed["Version"], changed["State"]))
        self.advance()
        self.assertEqual("Active", self.config(Qualifier="2")["State"])
        self.sandbox.control("lambda", {"match": {"on": "publish", "version": "3"}, "fail": "FunctionError.InitTimeout"})
        self.assertEqual("3", self.publish(text="# 3"))
        self.assertEqual("Failed", self.config(Qualifier="3")["State"])

    def test_versions_come_in_pages_of_fifty(self):
        self.active()
        self.sandbox.control("timing", {"lambda_update": 0, "lambda_version": 0})
        for number in range(55):
            self.fn.update_function_configuration(FunctionName="hello", Timeout=number + 4)
            self.fn.publish_version(FunctionName="hello")
        first = self.fn.list_versions_by_function(FunctionName="hello", MaxItems=1000)
        self.assertEqual(50, len(first["Versions"]))
        second = self.fn.list_versions_by_function(FunctionName="hello", Marker=first["NextMarker"])
        self.assertEqual(["$LATEST", "1"] + [str(number) for number in range(2, 56)],
                         [item["Version"] for item in first["Versions"] + second["Versions"]])
        self.assertNotIn("NextMarker", second)

    # ---- delete

    def test_deleting_versions_and_functions(self):
        self.active(versions=3)
        self.fn.create_alias(FunctionName="hello", Name="live", FunctionVersion="2",
                             RoutingConfig={"AdditionalVersionWeights": {"3": 0.5}})
        for number in ("2", "3"):
            answer = self.refused("ResourceConflictException", "[live]", self.fn.delete_function, FunctionName="hello",
                                  Qualifier=number)
            self.assertEqual(409, answer["ResponseMetadata"]["HTTPStatusCode"])
        self.refused("InvalidParameterValueException", "$LATEST version cannot be deleted", self.fn.delete_function,
                     FunctionName="hello", Qualifier="$LATEST")
        self.fn.delete_function(FunctionName="hello", Qualifier="1")
        self.refused("ResourceNotFoundException", f"Function not found: {ARN}hello:1", self.config, Qualifier="1")
        self.assertEqual("4", self.publish(text="# 4"))
        self.fn.delete_function(FunctionName="hello")
        answer = self.refused("ResourceNotFoundException", f"Function not found: {ARN}hello", self.config)
        self.assertEqual(404, answer["ResponseMetadata"]["HTTPStatusCode"])
        self.refused("ResourceNotFoundException", "Function not found", self.fn.delete_function, FunctionName="hello")
        self.assertEqual("1", self.active(Publish=True)["Version"])
        self.assertEqual([], self.sandbox.control("holes"))

    # ---- what else a function has

    def test_tags(self):
        self.active(Tags={"a": "1"})
        before = self.config()["RevisionId"]
        self.fn.tag_resource(Resource=ARN + "hello", Tags={"b": "2", "c": "3"})
        self.fn.untag_resource(Resource=ARN + "hello", TagKeys=["a", "c"])
        self.assertEqual({"b": "2"}, self.fn.list_tags(Resource=ARN + "hello")["Tags"])
        self.assertNotEqual(before, self.config()["RevisionId"])
        self.refused("InvalidParameterValueException", "aliases and versions", self.fn.list_tags, Resource=ARN + "hello:1")
        self.refused("InvalidParameterValueException", "aws:", self.fn.tag_resource, Resource=ARN + "hello",
                     Tags={"aws:x": "y"})
        self.refused("ResourceNotFoundException", "Function not found", self.fn.list_tags, Resource=ARN + "none")

    def test_concurrency_reserved_and_provisioned(self):
        self.active(versions=2)
        self.fn.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=10)
        self.assertEqual(10, self.fn.get_function(FunctionName="hello")["Concurrency"]["ReservedConcurrentExecutions"])
        self.refused("InvalidParameterValueException", "below its minimum value of [100]", self.fn.put_function_concurrency,
                     FunctionName="hello", ReservedConcurrentExecutions=901)
        put = self.fn.put_provisioned_concurrency_config
        shown = put(FunctionName="hello", Qualifier="1", ProvisionedConcurrentExecutions=4)
        self.assertEqual(("IN_PROGRESS", 0), (shown["Status"], shown["AllocatedProvisionedConcurrentExecutions"]))
        self.advance()
        shown = self.fn.get_provisioned_concurrency_config(FunctionName="hello", Qualifier="1")
        self.assertEqual(("READY", 4), (shown["Status"], shown["AllocatedProvisionedConcurrentExecutions"]))
        self.refused("InvalidParameterValueException", "reservedConcurrentExecution", put, FunctionName="hello",
                     Qualifier="2", ProvisionedConcurrentExecutions=7)
        self.refused("InvalidParameterValueException", "unpublished", put, FunctionName="hello", Qualifier="$LATEST",
                     ProvisionedConcurrentExecutions=1)
        self.fn.create_alias(FunctionName="hello", Name="live", FunctionVersion="2",
                             RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
        self.refused("InvalidParameterValueException", "Alias with weights", put, FunctionName="hello", Qualifier="live",
                     ProvisionedConcurrentExecutions=1)
        self.fn.delete_provisioned_concurrency_config(FunctionName="hello", Qualifier="1")
        self.refused("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned", FunctionName="hello", Qualifier="1",
                     call=self.fn.get_provisioned_concurrency_config)
        self.fn.update_alias(FunctionName="hello", Name="live", RoutingConfig={})
        put(FunctionName="hello", Qualifier="live", ProvisionedConcurrentExecutions=3)
        self.advance()
        self.fn.update_alias(FunctionName="hello", Name="live", FunctionVersion="1")
        moving = self.fn.get_provisioned_concurrency_config(FunctionName="hello", Qualifier="live")
        self.assertEqual(("IN_PROGRESS", 3), (moving["Status"], moving["RequestedProvisionedConcurrentExecutions"]))
        self.refused("ResourceConflictException", "Provisioned Concurrency alias", put, FunctionName="hello",
                     Qualifier="1", ProvisionedConcurrentExecutions=1)
        self.sandbox.control("lambda", {"match": {"on": "provision"}, "fail": "no room"})
        put(FunctionName="hello", Qualifier="2", ProvisionedConcurrentExecutions=1)
        self.advance()
        shown = self.fn.get_provisioned_concurrency_config(FunctionName="hello", Qualifier="2")
        self.assertEqual(("FAILED", "no room"), (shown["Status"], shown["StatusReason"]))

    def test_layers(self):
        for number in (1, 2):
            made = self.fn.publish_layer_version(LayerName="l", Content={"ZipFile": zipped(f"# {number}")},
                                                 CompatibleRuntimes=["python3.13"])
        self.assertEqual(2, made["Version"])
        listed = self.fn.list_layer_versions(LayerName="l")["LayerVersions"]
        self.assertEqual([2, 1], [item["Version"] for item in listed])
        self.assertEqual([], self.fn.list_layer_versions(LayerName="none")["LayerVersions"])
        self.assertEqual([], self.fn.list_layer_versions(LayerName="l", CompatibleRuntime="java21")["LayerVersions"])
        shown = self.fn.get_layer_version(LayerName="l", VersionNumber=1)
        self.assertEqual(base64.b64encode(hashlib.sha256(zipped("# 1")).digest()).decode(), shown["Content"]["CodeSha256"])
        self.refused("ResourceNotFoundException", "does not exist", self.fn.get_layer_version, LayerName="l", VersionNumber=3)
        self.fn.delete_layer_version(LayerName="l", VersionNumber=2)
        self.assertEqual(3, self.fn.publish_layer_version(LayerName="l", Content={"ZipFile": zipped()})["Version"])

    def test_code_signing(self):
        made = self.fn.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [
            "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/v"]})["CodeSigningConfig"]
        self.active()
        self.fn.put_function_code_signing_config(FunctionName="hello", CodeSigningConfigArn=made["CodeSigningConfigArn"])
        shown = self.fn.get_function_code_signing_config(FunctionName="hello")
        self.assertEqual(made["CodeSigningConfigArn"], shown["CodeSigningConfigArn"])
        self.fn.delete_function_code_signing_config(FunctionName="hello")
        self.assertNotIn("CodeSigningConfigArn", self.fn.get_function_code_signing_config(FunctionName="hello"))

    def test_settings_of_asynchronous_invocations(self):
        self.active(versions=1)
        where = {"FunctionName": "hello", "Qualifier": "1"}
        self.refused("InvalidParameterValueException", "at least one", self.fn.put_function_event_invoke_config, **where)
        self.fn.put_function_event_invoke_config(MaximumRetryAttempts=1, **where)
        self.fn.update_function_event_invoke_config(MaximumEventAgeInSeconds=60, **where)
        shown = self.fn.get_function_event_invoke_config(**where)
        self.assertEqual((1, 60, ARN + "hello:1"), (shown["MaximumRetryAttempts"], shown["MaximumEventAgeInSeconds"],
                                                    shown["FunctionArn"]))
        self.fn.put_function_event_invoke_config(MaximumEventAgeInSeconds=90, **where)
        self.assertNotIn("MaximumRetryAttempts", self.fn.get_function_event_invoke_config(**where))
        self.fn.delete_function_event_invoke_config(**where)
        self.refused("ResourceNotFoundException", "doesn't have an EventInvokeConfig",
                     self.fn.get_function_event_invoke_config, **where)

    def test_what_there_is_is_listed(self):
        self.active(versions=2)
        self.active("other")
        everything = self.fn.list_functions(FunctionVersion="ALL")["Functions"]
        self.assertEqual(["hello:$LATEST", "hello:1", "hello:2", "other:$LATEST"],
                         [item["FunctionArn"].partition(":function:")[2] for item in everything])
        self.assertNotIn("State", everything[0])
        self.fn.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=5)
        self.assertEqual(5, self.fn.get_function_concurrency(FunctionName="hello")["ReservedConcurrentExecutions"])
        self.fn.delete_function_concurrency(FunctionName="hello")
        self.assertNotIn("ReservedConcurrentExecutions", self.fn.get_function_concurrency(FunctionName="hello"))
        self.fn.put_provisioned_concurrency_config(FunctionName="hello", Qualifier="2", ProvisionedConcurrentExecutions=1)
        listed = self.fn.list_provisioned_concurrency_configs(FunctionName="hello")["ProvisionedConcurrencyConfigs"]
        self.assertEqual([ARN + "hello:2"], [item["FunctionArn"] for item in listed])
        self.fn.create_function_url_config(FunctionName="hello", AuthType="AWS_IAM")
        listed = self.fn.list_function_url_configs(FunctionName="hello")["FunctionUrlConfigs"]
        self.assertEqual([ARN + "hello"], [item["FunctionArn"] for item in listed])
        arn = self.fn.publish_layer_version(LayerName="l", Content={"ZipFile": zipped()})["LayerVersionArn"]
        self.assertEqual([arn], [item["LatestMatchingVersion"]["LayerVersionArn"] for item in
                                 self.fn.list_layers()["Layers"]])
        self.assertEqual(1, self.fn.get_layer_version_by_arn(Arn=arn)["Version"])
