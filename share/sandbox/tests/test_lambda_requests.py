"""Requests of REST-JSON services: what is well-formed, what goes wrong, how many a second; and functions out of `seed`."""

import http.client
import json

from .lambdas import ARN, LambdaTest, zipped

FUNCTIONS = "/2015-03-31/functions"


class Wire(LambdaTest):
    allow_invalid = True

    def ask(self, method, path, body=b"", **headers):
        """A request of our own making; the path has no query, which this signer can't sign."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = self.sandbox.sign(method, path, body, headers, "lambda")
        status, answered, answer = self.sandbox.request(method, path, body, headers)
        return status, answered.get("x-amzn-ErrorType", "").partition(":")[0], answer.decode()

    def invalid(self):
        found = [problem for record in self.sandbox.control("calls?invalid=1") for problem in record["invalid"]]
        self.sandbox.control("calls", method="DELETE")
        return found

    def test_bodies_are_judged(self):
        path = FUNCTIONS + "/hello/configuration"
        for body, problem in ((b"{no", "the body is not JSON"), (b'{"Timeout": "3"}', "str value where integer is due"),
                              (b'{"Timout": 3}', "Timout: unknown member"), (b'{"Timeout": 3, "Timeout": 4}', "twice"),
                              (b'{"Environment": {"Vars": {}}}', "Environment.Vars: unknown member"),
                              (b'{"EphemeralStorage": {}}', "EphemeralStorage.Size")):
            status, code, _ = self.ask("PUT", path, body, Content_Type="application/json")
            self.assertEqual((400, True), (status, code in ("SerializationException", "InvalidParameterValueException")), body)
            self.assertIn(problem, "; ".join(self.invalid()))
        status, code, _ = self.ask("PUT", path, b"{}", Content_Type="application/x-amz-json-1.1")
        self.assertEqual((400, "SerializationException"), (status, code))
        self.assertIn("Content-Type", self.invalid()[0])
        self.assertEqual((404, "ResourceNotFoundException"), self.ask("PUT", path, b"{}", Content_Type="application/json")[:2])
        self.assertEqual([], self.invalid())

    def test_paths_queries_and_bodies_that_are_not_due(self):
        self.assertEqual((404, "UnknownOperationException"), self.ask("GET", "/2015-03-31/function/hello")[:2])
        self.assertEqual(1, len(self.invalid()))
        self.ask("GET", FUNCTIONS + "/hello", b"{}", Content_Type="application/json")
        self.assertEqual(["GetFunction has no body"], [text.lstrip(": ") for text in self.invalid()])
        self.sandbox.control("config", {"verify": False})
        for query, problem in (("qualifier=live", "qualifier: unknown query parameter"),
                               ("Qualifier=a%20b", "Member must satisfy regular expression pattern")):
            headers = self.sandbox.sign("GET", FUNCTIONS + "/hello", b"", {}, "lambda")
            status, _, _ = self.sandbox.request("GET", f"{FUNCTIONS}/hello?{query}", b"", headers)
            self.assertEqual(400, status)
            self.assertIn(problem, self.invalid()[0])
        self.refused("ValidationException", "'hello world' at 'FunctionName'", self.config, name="hello world")

    def test_calls_have_the_names_of_operations(self):
        self.active(versions=1)
        self.fn.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
        self.fn.get_alias(FunctionName=ARN + "hello", Name="live")
        lines = self.sandbox.request("GET", "/_sandbox/calls?format=text&service=lambda", b"", {})[2].decode().splitlines()
        self.assertEqual(["lambda.CreateFunction 201", "lambda.UpdateFunctionCode 200", "lambda.PublishVersion 201",
                          "lambda.CreateAlias 201", "lambda.GetAlias 200"], lines)
        record = self.sandbox.control("calls?op=GetAlias")[0]
        self.assertEqual({"FunctionName": ARN + "hello", "Name": "live"}, record["params"])


class Faults(LambdaTest):
    def fault(self, op, **action):
        skip = action.pop("skip", 0)
        self.sandbox.control("faults", {"match": {"service": "lambda", "op": op}, "skip": skip, "times": 1, "action": action})

    def test_errors_as_lambda_words_them(self):
        self.active()
        for action, code, status in (
                ({"type": "throttle"}, "TooManyRequestsException", 429), ({"type": "denied"}, "AccessDeniedException", 403),
                ({"type": "internal"}, "ServiceException", 500), ({"type": "expired"}, "ExpiredTokenException", 403),
                ({"type": "error", "code": "ResourceConflictException", "status": 409}, "ResourceConflictException", 409)):
            self.fault("GetFunctionConfiguration", **action)
            answer = self.refused(code, "", self.config)
            self.assertEqual(status, answer["ResponseMetadata"]["HTTPStatusCode"])
        self.fault("GetFunctionConfiguration", type="throttle", retry_after=2, skip=1)
        self.config()
        answer = self.refused("TooManyRequestsException", "Rate exceeded", self.config)
        self.assertEqual(("2", "CallerRateLimitExceeded"), (answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"],
                                                            answer["Reason"]))

    def test_a_reset_before_or_after_the_request_was_carried_out(self):
        for kind, there in (("reset", False), ("reset-after", True)):
            self.fault("CreateFunction", type=kind)
            body = json.dumps({"FunctionName": kind, "Role": "arn:aws:iam::123456789012:role/f", "PackageType": "Image",
                               "Code": {"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1"}}).encode()
            headers = self.sandbox.sign("POST", FUNCTIONS, body, {"Content-Type": "application/json"}, "lambda")
            with self.assertRaises((ConnectionError, http.client.HTTPException)):
                self.sandbox.request("POST", FUNCTIONS, body, headers)
            names = [item["FunctionName"] for item in self.fn.list_functions()["Functions"]]
            self.assertEqual(there, kind in names)

    def test_denials_name_the_function(self):
        self.sandbox.control("keys", {"AKIDX": {"secret": "s", "user": "x", "deny": ["lambda:Publish*"]}})
        self.active()
        self.refused("AccessDeniedException", f"lambda:PublishVersion on resource: {ARN}hello with an explicit deny",
                     self.sandbox.client("lambda", key="AKIDX", secret="s").publish_version, FunctionName="hello")

    def test_rates_of_the_control_plane(self):
        self.active()
        self.advance(10)
        self.sandbox.control("config", {"rate_limits": True})

        def until_throttled(call, most):
            for number in range(most + 1):
                try:
                    call()
                except self.fn.exceptions.TooManyRequestsException:
                    return number
            return None

        self.assertEqual(15, until_throttled(self.config, 30))
        self.assertEqual(100, until_throttled(lambda: self.fn.get_function(FunctionName="hello"), 120))
        self.assertEqual(0, until_throttled(lambda: self.fn.list_tags(Resource=ARN + "hello"), 1))
        for _ in range(20):
            self.fn.invoke(FunctionName="hello")
        self.advance(1)
        self.assertEqual(15, until_throttled(self.config, 30))


class Seeds(LambdaTest):
    def test_functions_are_there_at_once(self):
        made = self.sandbox.control("seed", {"functions": {
            "hello": {"versions": 2, "aliases": {"live": "1", "split": {"1": 0.9, "2": 0.1}}, "settings": {"Timeout": 9}},
            "boxed": {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1", "versions": 1}}})
        self.assertEqual(ARN + "hello", made["functions"]["hello"])
        self.assertEqual((("1", {}), ("1", {"2": 0.1})), (self.split("live"), self.split("split")))
        for number in ("$LATEST", "1", "2"):
            shown = self.config(Qualifier=number)
            self.assertEqual(("Active", 9), (shown["State"], shown["Timeout"]))
        self.assertNotEqual(self.config(Qualifier="1")["CodeSha256"], self.config(Qualifier="2")["CodeSha256"])
        self.assertEqual("2", self.fn.publish_version(FunctionName="hello")["Version"])
        self.assertEqual("Active", self.config("boxed:1")["State"])
        self.assertEqual([], self.sandbox.control("holes"))
        self.assertIn("unknown member: version", self.sandbox.control("seed", {"functions": {"x": {"version": 2}}})["error"])

    def test_zips_and_layers(self):
        made = self.sandbox.control("seed", {"zips": {"code/a/hello.zip": {"index.py": "# hello"}}, "layers": {"tools": 2}})
        self.assertEqual("arn:aws:lambda:us-east-1:123456789012:layer:tools:2", made["layers"]["tools"])
        shown = self.make(Code={"S3Bucket": "code", "S3Key": "a/hello.zip"}, Layers=[made["layers"]["tools"]])
        self.assertEqual(self.make("same", code=zipped("# hello"))["CodeSha256"], shown["CodeSha256"])
