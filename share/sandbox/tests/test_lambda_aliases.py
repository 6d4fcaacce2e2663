"""Lambda: aliases with weights, what runs behind them, who may invoke them, and what watches their weights."""

import collections
import json

from .lambdas import ARN, ROLE, LambdaTest, zipped


class Aliases(LambdaTest):
    def setUp(self):
        super().setUp()
        self.active(versions=3)

    def alias(self, version="1", name="live", **weights):
        arguments = {"FunctionName": "hello", "Name": name, "FunctionVersion": version}
        if weights:
            arguments["RoutingConfig"] = {"AdditionalVersionWeights": {key[1:]: value for key, value in weights.items()}}
        return self.fn.create_alias(**arguments)

    def shift(self, version=None, weights=None, **more):
        arguments = {"FunctionVersion": version} if version else {}
        if weights is not None:
            arguments["RoutingConfig"] = {"AdditionalVersionWeights": weights}
        return self.fn.update_alias(FunctionName="hello", Name="live", **arguments, **more)

    def run_many(self, times, qualifier="live"):
        ran = [self.fn.invoke(FunctionName="hello", Qualifier=qualifier)["ExecutedVersion"] for _ in range(times)]
        return dict(collections.Counter(ran))

    # ---- rules

    def test_weights_and_versions_are_checked(self):
        self.alias()
        for code, part, version, weights in (
                ("InvalidParameterValueException", "cannot be greater than 1", "1", {"2": 0.1, "3": 0.1}),
                ("InvalidParameterValueException", "already included in routing", "1", {"1": 0.1}),
                ("InvalidParameterValueException", "$LATEST is not supported", "$LATEST", {"2": 0.1}),
                ("ResourceNotFoundException", f"Function not found: {ARN}hello:9", "9", None),
                ("ResourceNotFoundException", f"Function not found: {ARN}hello:9", "1", {"9": 0.1})):
            self.refused(code, part, self.shift, version=version, weights=weights)
            arguments = {"FunctionName": "hello", "Name": "other", "FunctionVersion": version}
            if weights:
                arguments["RoutingConfig"] = {"AdditionalVersionWeights": weights}
            self.refused(code, part, lambda: self.fn.create_alias(**arguments))
        self.assertEqual([], self.sandbox.control("calls?invalid=1"))
        for part, weights in (("less than or equal to 1.0", {"2": 1.1}), ("greater than or equal to 0.0", {"2": -0.1}),
                              ("[0-9]+", {"$LATEST": 0.1})):
            self.refused("ValidationException", part, self.shift, weights=weights)
        self.refused("ValidationException", "(?!^[0-9]+$)", self.alias, name="12")
        self.sandbox.control("calls", method="DELETE")
        self.refused("ResourceConflictException", f"Alias already exists: {ARN}hello:live", self.alias)
        self.assertEqual(("1", {}), self.split())
        self.assertEqual("$LATEST", self.alias("$LATEST", "newest")["FunctionVersion"])

    def test_both_versions_need_the_same_role_and_dead_letter_queue(self):
        for member, value, part in (
                ("Role", ROLE[:-1] + "g", "same execution role"),
                ("DeadLetterConfig", {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}, "dead letter")):
            before = self.fn.publish_version(FunctionName="hello")["Version"]
            self.fn.update_function_configuration(FunctionName="hello", **{member: value})
            self.advance()
            after = self.fn.publish_version(FunctionName="hello")["Version"]
            self.refused("InvalidParameterValueException", part, self.alias, version=before, **{"_" + after: 0.1})
        self.alias(after)

    def test_leaving_the_routing_out_keeps_the_split(self):
        made = self.alias("1", _2=0.25)
        self.assertEqual({"AdditionalVersionWeights": {"2": 0.25}}, made["RoutingConfig"])
        self.fn.update_alias(FunctionName="hello", Name="live", Description="d")
        self.assertEqual(("1", {"2": 0.25}), self.split())
        self.refused("InvalidParameterValueException", "already included", self.shift, version="2")
        self.shift("3")
        self.assertEqual(("3", {"2": 0.25}), self.split())
        self.shift("2", {})
        self.assertEqual(("2", {}), self.split())

    def test_the_wrong_revision_of_an_alias_is_refused(self):
        made = self.alias()
        changed = self.shift("2", RevisionId=made["RevisionId"])
        self.assertNotEqual(made["RevisionId"], changed["RevisionId"])
        self.refused("PreconditionFailedException", "latest Revision Id", self.shift, version="3",
                     RevisionId=made["RevisionId"])
        self.fn.add_permission(FunctionName="hello", Qualifier="live", StatementId="a", Action="lambda:InvokeFunction",
                               Principal="elasticloadbalancing.amazonaws.com")
        self.refused("PreconditionFailedException", "latest Revision Id", self.shift, version="3",
                     RevisionId=changed["RevisionId"])

    def test_aliases_are_listed_and_deleted(self):
        self.alias("1", "b", _2=0.5)
        self.alias("1", "a")
        self.alias("3", "c")
        def names(**more):
            return [item["Name"] for item in self.fn.list_aliases(FunctionName="hello", **more)["Aliases"]]
        self.assertEqual((["a", "b", "c"], ["b"]), (names(), names(FunctionVersion="2")))
        first = self.fn.list_aliases(FunctionName="hello", MaxItems=2)
        self.assertEqual(["c"], names(Marker=first["NextMarker"]))
        self.fn.delete_alias(FunctionName="hello", Name="b")
        self.fn.delete_alias(FunctionName="hello", Name="b")
        self.refused("ResourceNotFoundException", f"Cannot find alias arn: {ARN}hello:b", self.fn.get_alias,
                     FunctionName="hello", Name="b")
        self.fn.delete_function(FunctionName="hello", Qualifier="2")
        self.refused("ResourceNotFoundException", f"Cannot find alias arn: {ARN}hello:b", self.fn.update_alias,
                     FunctionName="hello", Name="b", FunctionVersion="1")

    # ---- what runs

    def test_invocations_follow_the_weights(self):
        self.alias("1", _2=0.1)
        self.assertEqual({"1": 90, "2": 10}, self.run_many(100))
        self.shift("2", {"1": 0.25})
        self.assertEqual({"1": 25, "2": 75}, self.run_many(100))
        self.shift("2", {})
        self.assertEqual({"2": 7}, self.run_many(7))
        self.assertEqual({"3": 1}, self.run_many(1, "3"))
        answer = self.fn.invoke(FunctionName=ARN + "hello:live", Payload=b'{"a": 1}')
        self.assertEqual((200, {"version": "2", "event": {"a": 1}}), (answer["StatusCode"], json.load(answer["Payload"])))
        self.assertEqual(202, self.fn.invoke(FunctionName="hello", InvocationType="Event")["StatusCode"])
        self.sandbox.control("lambda", {"match": {"on": "invoke", "version": "2"}, "error": "boom", "times": 1})
        answer = self.fn.invoke(FunctionName="hello:live")
        self.assertEqual(("Unhandled", "boom"), (answer["FunctionError"], json.load(answer["Payload"])["errorMessage"]))
        self.assertNotIn("FunctionError", self.fn.invoke(FunctionName="hello:live"))
        self.refused("InvalidRequestContentException", "json", self.fn.invoke, FunctionName="hello", Payload=b"{")
        self.refused("ResourceNotFoundException", "hello:none", self.fn.invoke, FunctionName="hello:none")
        self.make("young")
        self.refused("ResourceConflictException", "state: Pending", self.fn.invoke, FunctionName="young")

    # ---- who may invoke

    def permit(self, sid="elb", qualifier="live", **more):
        where = {"Qualifier": qualifier} if qualifier else {}
        return self.fn.add_permission(FunctionName="hello", StatementId=sid, Action="lambda:InvokeFunction",
                                      **{"Principal": "elasticloadbalancing.amazonaws.com", **where, **more})

    def policy(self, **where):
        shown = self.fn.get_policy(FunctionName="hello", **where)
        return json.loads(shown["Policy"])["Statement"], shown["RevisionId"]

    def test_each_qualifier_has_a_policy_of_its_own(self):
        self.alias()
        source = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/t/0123456789abcdef"
        statement = json.loads(self.permit(SourceArn=source)["Statement"])
        self.assertEqual({"Sid": "elb", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ARN + "hello:live",
                          "Principal": {"Service": "elasticloadbalancing.amazonaws.com"},
                          "Condition": {"ArnLike": {"AWS:SourceArn": source}}}, statement)
        self.assertEqual([statement], self.policy(Qualifier="live")[0])
        self.refused("ResourceNotFoundException", "does not exist", self.fn.get_policy, FunctionName="hello")
        self.permit(qualifier=None)
        self.permit(qualifier="1")
        answer = self.refused("ResourceConflictException", "The statement id (elb) provided already exists", self.permit)
        self.assertEqual(409, answer["ResponseMetadata"]["HTTPStatusCode"])
        self.refused("InvalidParameterValueException", "$LATEST", self.permit, qualifier="$LATEST")
        self.refused("ResourceNotFoundException", "Cannot find alias", self.permit, qualifier="none")
        self.refused("InvalidParameterValueException", "principal", self.permit, sid="b", Principal="somebody")
        revision = self.policy(Qualifier="live")[1]
        self.assertEqual(self.fn.get_alias(FunctionName="hello", Name="live")["RevisionId"], revision)
        self.refused("PreconditionFailedException", "GetPolicy", self.permit, sid="b", RevisionId="x")
        self.fn.remove_permission(FunctionName="hello", Qualifier="live", StatementId="elb", RevisionId=revision)
        self.refused("ResourceNotFoundException", "No policy is associated", self.fn.remove_permission,
                     FunctionName="hello", Qualifier="live", StatementId="elb")
        self.refused("ResourceNotFoundException", "Statement none is not found", self.fn.remove_permission,
                     FunctionName="hello", StatementId="none")
        self.assertEqual(1, len(self.policy(Qualifier="1")[0]))

    def test_a_policy_holds_twenty_kilobytes(self):
        self.alias()
        for number in range(200):
            try:
                self.permit(f"{'s' * 90}{number}")
            except self.fn.exceptions.PolicyLengthExceededException:
                break
        self.assertTrue(60 < number < 100, number)
        self.assertLessEqual(len(self.fn.get_policy(FunctionName="hello", Qualifier="live")["Policy"]), 20480)

    def test_function_urls(self):
        self.alias()
        made = self.fn.create_function_url_config(FunctionName="hello", Qualifier="live", AuthType="NONE")
        self.assertRegex(made["FunctionUrl"], r"^https://\w+\.lambda-url\.us-east-1\.on\.aws/$")
        self.refused("ResourceConflictException", "exists", self.fn.create_function_url_config, FunctionName="hello",
                     Qualifier="live", AuthType="NONE")
        self.fn.update_function_url_config(FunctionName="hello", Qualifier="live", AuthType="AWS_IAM",
                                           Cors={"AllowOrigins": ["*"]})
        shown = self.fn.get_function_url_config(FunctionName="hello", Qualifier="live")
        self.assertEqual(("AWS_IAM", made["FunctionUrl"], ARN + "hello:live"), (shown["AuthType"], shown["FunctionUrl"],
                                                                               shown["FunctionArn"]))
        self.refused("ResourceNotFoundException", "", self.fn.get_function_url_config, FunctionName="hello")
        self.fn.delete_function_url_config(FunctionName="hello", Qualifier="live")
        self.refused("ResourceNotFoundException", "", self.fn.delete_function_url_config, FunctionName="hello",
                     Qualifier="live")

    # ---- what watches

    def test_changes_of_weights_are_listed_and_waited_for(self):
        self.alias("1")
        self.shift("1", {"2": 0.1})
        self.shift("2", {})
        text = self.sandbox.request("GET", "/_sandbox/traffic?format=text", b"", {})[2].decode()
        self.assertEqual(["hello:live CreateAlias 1=100", "hello:live UpdateAlias 1=90 2=10", "hello:live UpdateAlias 2=100"],
                         [line.split(" ", 1)[1] for line in text.splitlines()])
        self.sandbox.wait(traffic={"alias": "hello:live", "version": "2", "percent": 100})
        self.sandbox.wait(function={"name": "hello", "state": "Active", "aliases": {"live": {"2": 1.0}}})
        answer = self.sandbox.control("wait", {"function": {"name": "hello", "state": "Failed"}, "timeout": 0.01})
        self.assertEqual((408, "Active"), (answer["status"], answer["function"][0]["state"]))
        lines = self.sandbox.request("GET", "/_sandbox/lambda?format=text", b"", {})[2].decode()
        self.assertEqual("us-east-1 hello Active/Successful versions=1,2,3 live=2:1\n", lines)

    def test_alarms_go_off_at_weights(self):
        self.sandbox.control("seed", {"alarms": {"errors": "OK", "late": "OK"}})
        self.alias("1")
        self.sandbox.control("alarms", [
            {"name": "errors", "state": "ALARM", "when": {"alias": "hello:live", "version": "2", "percent": 20}},
            {"name": "late", "state": "ALARM", "when": {"rule": "hello:live", "group": "2", "weight": 50}, "in": 2, "for": 1}])

        def states():
            return {alarm["name"]: alarm["state"] for alarm in self.sandbox.control("alarms")["alarms"]}

        self.shift("1", {"2": 0.1})
        self.assertEqual({"errors": "OK", "late": "OK"}, states())
        self.shift("1", {"2": 0.2})
        self.assertEqual({"errors": "ALARM", "late": "OK"}, states())
        self.shift("2", {})
        self.advance(1.9)
        self.assertEqual("OK", states()["late"])
        self.advance(0.2)
        self.assertEqual("ALARM", states()["late"])
        self.advance(1)
        self.assertEqual("OK", states()["late"])

    def test_an_alias_of_a_version_that_does_not_run_is_a_hole(self):
        self.alias("1")
        self.assertEqual([], self.sandbox.control("holes"))
        self.fn.update_function_code(FunctionName="hello", ZipFile=zipped("# 4"))
        self.advance()
        self.fn.publish_version(FunctionName="hello")
        self.shift("1", {"4": 0})
        self.advance()
        self.sandbox.control("lambda", {"match": {"on": "publish"}, "fail": "FunctionError.PermissionDenied"})
        self.publish(text="# 5")
        self.shift("1", {"5": 0.5})
        holes = self.sandbox.control("holes")
        self.assertEqual([("4", 0.0, "version 4 is Pending", "UpdateAlias"),
                          ("5", 50.0, "version 5 is Failed", "UpdateAlias")],
                         [(hole["group"], hole["percent"], hole["why"], hole["cause"]) for hole in holes])
        self.assertEqual([True, False], [hole["until"] is not None for hole in holes])
        self.shift("1", {})
        self.assertIsNotNone(self.sandbox.control("holes?rule=hello:live")[1]["until"])
