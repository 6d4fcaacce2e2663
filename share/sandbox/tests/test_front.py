"""What stands before every service: signatures, validation, access, faults."""

import base64
import datetime
import http.client
import json
import socket
import time
import unittest
import urllib.parse

from sandbox.signature import Scope, SignatureError, verify

from .support import Sandbox, SandboxTest


def stamp(seconds: float) -> str:
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y%m%dT%H%M%SZ")


class Vectors(unittest.TestCase):
    def test_signatures_of_the_published_suite_are_recognized(self):
        for method, query, signature in (
                ("GET", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
                ("POST", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
                ("GET", "Param2=value2&Param1=value1",
                 "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")):
            scope = Scope("AKIDEXAMPLE", "20150830", "us-east-1", "service", ["host", "x-amz-date"], signature)
            arguments = (method, "/", query, {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}, b"",
                         1440938160)
            verify(scope, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", *arguments)
            with self.assertRaises(SignatureError):
                verify(scope, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ", *arguments)


class Signatures(SandboxTest):
    def test_a_right_signature_is_taken(self):
        self.assertEqual(200, self.sandbox.ecs("ListClusters", "{}")[0])

    def test_a_wrong_secret_is_refused_and_the_canonical_string_shown(self):
        status, answer = self.sandbox.ecs("ListClusters", "{}", secret="wrong")
        self.assertEqual((400, "InvalidSignatureException"), (status, answer["__type"]))
        self.assertIn("The Canonical String for this request should have been\n'POST\n/\n", answer["message"])

    def test_an_old_and_a_future_date_are_refused(self):
        self.assertIn("Signature expired", self.sandbox.ecs("ListClusters", "{}", date=stamp(-400))[1]["message"])
        self.assertIn("not yet current", self.sandbox.ecs("ListClusters", "{}", date=stamp(400))[1]["message"])

    def test_a_skewed_sandbox_says_its_date(self):
        self.sandbox.control("config", {"skew": 3600})
        self.refused("InvalidSignatureException", "Signature expired", self.ecs.list_clusters)
        headers = self.sandbox.sign("POST", "/", b"{}", {}, "ecs")
        date = self.sandbox.request("POST", "/", b"{}", headers)[1]["Date"]
        ahead = datetime.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").timestamp() - time.mktime(time.gmtime())
        self.assertAlmostEqual(3600, ahead, delta=5)
        self.assertEqual(200, self.sandbox.ecs("ListClusters", "{}", date=stamp(3600))[0])

    def test_an_unknown_key_is_refused_in_each_familys_words(self):
        strange = {"key": "AKIDSTRANGER", "secret": "x"}
        self.refused("UnrecognizedClientException", "", self.sandbox.client("ecs", **strange).list_clusters)
        self.refused("InvalidClientTokenId", "", self.sandbox.client("sts", **strange).get_caller_identity)
        self.refused("InvalidAccessKeyId", "", self.sandbox.client("s3", **strange).list_buckets)
        self.refused("UnrecognizedClientException", "", self.sandbox.client("lambda", **strange).list_functions)

    def test_an_unsigned_header_is_refused(self):
        headers = self.sandbox.sign("POST", "/", b"{}", {"Content-Type": "application/x-amz-json-1.1"}, "ecs")
        headers["X-Amz-Target"] = "AmazonEC2ContainerServiceV20141113.ListClusters"
        status, _, body = self.sandbox.request("POST", "/", b"{}", headers)
        self.assertEqual(400, status)
        self.assertIn(b"not signed: x-amz-target", body)

    def test_paths_are_encoded_twice_but_not_for_s3(self):
        s3 = self.sandbox.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="a b/$default+%25", Body=b"content")
        self.assertEqual(b"content", s3.get_object(Bucket="bucket", Key="a b/$default+%25")["Body"].read())
        self.refused("ResourceNotFoundException", "", self.sandbox.client("lambda").get_alias,
                     FunctionName="arn:aws:lambda:us-east-1:123456789012:function:f", Name="live")

    def test_an_assumed_roles_session_needs_its_token_and_expires(self):
        sts = self.sandbox.client("sts")
        arn = "arn:aws:iam::222222222222:role/deployer"
        self.refused("AccessDenied", "sts:AssumeRole on resource: " + arn, sts.assume_role, RoleArn=arn,
                     RoleSessionName="session")
        self.sandbox.control("roles", {arn: {"deny": ["ecs:Delete*"], "external_id": "xyz"}})
        self.refused("AccessDenied", "", sts.assume_role, RoleArn=arn, RoleSessionName="session")
        keys = sts.assume_role(RoleArn=arn, RoleSessionName="session", ExternalId="xyz")["Credentials"]
        mine = {"key": keys["AccessKeyId"], "secret": keys["SecretAccessKey"], "token": keys["SessionToken"]}
        who = self.sandbox.client("sts", **mine).get_caller_identity()
        self.assertEqual("arn:aws:sts::222222222222:assumed-role/deployer/session", who["Arn"])
        self.assertEqual([], self.sandbox.client("ecs", **mine).list_clusters()["clusterArns"])
        self.refused("UnrecognizedClientException", "",
                     self.sandbox.client("ecs", **{**mine, "token": "other"}).list_clusters)
        self.refused("AccessDeniedException", "User: " + who["Arn"] + " is not authorized to perform: ecs:DeleteService "
                     "on resource: arn:aws:ecs:us-east-1:222222222222:service/demo/web with an explicit deny",
                     self.sandbox.client("ecs", **mine).delete_service, cluster="demo", service="web")
        self.sandbox.control("config", {"skew": 7200})
        headers = self.sandbox.sign("POST", "/", b"{}", {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Security-Token": keys["SessionToken"],
            "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters"}, "ecs", key=mine["key"],
            secret=mine["secret"], date=stamp(7200))
        self.assertIn(b"ExpiredTokenException", self.sandbox.request("POST", "/", b"{}", headers)[2])

    def test_a_key_may_do_only_what_it_is_allowed(self):
        self.sandbox.control("keys", {"AKIDREADER": {"secret": "s", "user": "reader", "allow": ["ecs:List*"]}})
        reader = self.sandbox.client("ecs", key="AKIDREADER", secret="s")
        reader.list_clusters()
        self.refused("AccessDeniedException", "because no identity-based policy allows the ecs:CreateCluster action",
                     reader.create_cluster, clusterName="x")


class Endpoints(SandboxTest):
    """Credentials as EC2, containers and SSO hand them out, used at once."""

    def get(self, path, headers=None, method="GET"):
        status, _, body = self.sandbox.request(method, path, b"", headers or {})
        return status, body.decode()

    def whoami(self, key, secret, token):
        return self.sandbox.client("sts", key=key, secret=secret, token=token).get_caller_identity()["Arn"]

    def test_instance_metadata_wants_a_token_first(self):
        path = "/latest/meta-data/iam/security-credentials/"
        self.assertEqual(401, self.get(path)[0])
        self.assertEqual(400, self.get("/latest/api/token", method="PUT")[0])
        token = {"X-aws-ec2-metadata-token": self.get(
            "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, "PUT")[1]}
        role = self.get(path, token)[1]
        keys = json.loads(self.get(path + role, token)[1])
        self.assertEqual("arn:aws:sts::123456789012:assumed-role/sandbox-instance/session",
                         self.whoami(keys["AccessKeyId"], keys["SecretAccessKey"], keys["Token"]))

    def test_the_container_endpoint_may_want_a_token(self):
        self.sandbox.control("config", {"container_token": "Basic abc", "credentials_last": 60})
        self.assertEqual(401, self.get("/credentials/container")[0])
        keys = json.loads(self.get("/credentials/container", {"Authorization": "Basic abc"})[1])
        self.assertIn("sandbox-container", self.whoami(keys["AccessKeyId"], keys["SecretAccessKey"], keys["Token"]))

    def test_the_sso_portal_wants_its_bearer_token(self):
        path = "/federation/credentials?role_name=admin&account_id=222222222222"
        self.assertEqual(401, self.get(path)[0])
        keys = json.loads(self.get(path, {"x-amz-sso_bearer_token": "sso-token"})[1])["roleCredentials"]
        self.assertIn("222222222222:assumed-role/admin/",
                      self.whoami(keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"]))
        self.assertGreater(keys["expiration"], time.time() * 1000)

    def test_faults_reach_them_too(self):
        self.sandbox.control("faults", {"match": {"service": "imds"}, "times": 1, "action": {
            "type": "raw", "status": 500}})
        self.assertEqual(500, self.get("/latest/api/token", method="PUT")[0])


    def test_a_web_identity_is_exchanged_without_a_signature(self):
        def assume(claims):
            token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                             for part in ({"alg": "none"}, claims, {}))
            form = urllib.parse.urlencode({
                "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleSessionName": "ci",
                "RoleArn": "arn:aws:iam::123456789012:role/ci", "WebIdentityToken": token})
            status, _, body = self.sandbox.request("POST", "/", form.encode(), {
                "Content-Type": "application/x-www-form-urlencoded"})
            return status, body.decode()

        self.assertEqual(403, assume({"sub": "x"})[0])
        self.sandbox.control("roles", {"ci": {}})
        status, body = assume({"sub": "repo:main"})
        self.assertEqual(200, status, body)
        self.assertIn("<SubjectFromWebIdentityToken>repo:main<", body)
        self.assertIn("ExpiredTokenException", assume({"exp": 1})[1])


class Validation(SandboxTest):
    allow_invalid = True

    def invalid(self, operation, body, code, part, **changes):
        status, answer = self.sandbox.ecs(operation, body, **changes)
        self.assertEqual((400, code), (status, answer["__type"]), answer)
        self.assertIn(part, answer["message"])
        newest = self.sandbox.control("calls")[-1]
        self.assertTrue(newest["invalid"], newest)

    def test_malformed_requests_are_refused_and_remembered(self):
        for operation, body, code, part in (
                ("ListClusters", "{]", "SerializationException", "not JSON"),
                ("ListClusters", "[]", "SerializationException", "not a JSON object"),
                ("ListClusters", "", "SerializationException", "not JSON"),
                ("ListClusters", '{"maxResults": 1, "maxResults": 2}', "SerializationException", "given twice"),
                ("ListClusters", '{"maxResults": "3"}', "SerializationException", "maxResults: str value where integer"),
                ("ListClusters", '{"maxResults": 3.0}', "SerializationException", "float value where integer"),
                ("ListClusters", '{"maxResults": true}', "SerializationException", "bool value where integer"),
                ("ListClusters", '{"max": 3}', "SerializationException", "max: unknown member"),
                ("DescribeServices", '{"cluster": "demo"}', "InvalidParameterException",
                 "1 validation error detected: Value null at 'services' failed to satisfy constraint: Member must not "
                 "be null"),
                ("DescribeServices", '{"services": "web"}', "SerializationException", "str value where list"),
                ("UpdateService", '{"service": "x", "schedulingStrategy": "DAEMON"}', "SerializationException",
                 "unknown member"),
                ("CreateService", '{"serviceName": "x", "launchType": "fargate"}', "InvalidParameterException",
                 "Value 'fargate' at 'launchType' failed to satisfy constraint: Member must satisfy enum value set: "
                 "[EC2, FARGATE"),
                ("RegisterTaskDefinition", '{"family": "x", "containerDefinitions": [], "networkMode": "vpc"}',
                 "ClientException", "at 'networkMode'"),
                ("TagResource", '{"resourceArn": "x", "tags": [{"key": ""}]}', "InvalidParameterException",
                 "at 'tags.1.member.key'"),
                ("RegisterTaskDefinition", '{"family": "x", "containerDefinitions": [{"environment": [{"nme": "a"}]}]}',
                 "SerializationException", "containerDefinitions.1.member.environment.1.member.nme: unknown member"),
                ("Nope", "{}", "UnknownOperationException", "")):
            with self.subTest(body):
                self.invalid(operation, body, code, part)

    def test_wrong_headers_are_refused(self):
        self.invalid("ListClusters", "{}", "SerializationException", "application/x-amz-json-1.1' is due",
                     Content_Type="application/x-amz-json-1.0")
        self.invalid("ListClusters", "{}", "SerializationException", "is due",
                     X_Amz_Target="AmazonEC2ContainerService.ListClusters")

    def test_query_parameters_are_checked_too(self):
        elb = self.sandbox.client("elbv2")
        self.refused("ValidationError", "PageSize", elb.describe_load_balancers, PageSize=0)
        headers = self.sandbox.sign("POST", "/", b"Action=DescribeRules&Version=2015-12-01&Rule=x", {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, "elasticloadbalancing")
        status, _, body = self.sandbox.request("POST", "/", b"Action=DescribeRules&Version=2015-12-01&Rule=x", headers)
        self.assertEqual(400, status)
        self.assertIn(b"Rule: unknown parameter", body)

    def test_cloudwatch_takes_the_query_protocol_too(self):
        form = b"Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=errors&MaxRecords=100"
        headers = self.sandbox.sign("POST", "/", form, {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, "monitoring")
        status, _, body = self.sandbox.request("POST", "/", form, headers)
        self.assertEqual(200, status, body)
        self.assertIn(b"<DescribeAlarmsResult", body)
        self.assertNotIn("invalid", self.sandbox.control("calls")[-1])

    def test_rest_parameters_are_checked_too(self):
        self.refused("ValidationException", "MaxItems", self.sandbox.client("lambda").list_functions, MaxItems=0)

    def test_recording_lets_them_pass(self):
        self.sandbox.control("config", {"validate": "record"})
        self.assertEqual(200, self.sandbox.ecs("ListClusters", '{"max": 3}')[0])
        self.assertEqual(["max: unknown member"], self.sandbox.control("calls?invalid=1")[0]["invalid"])

    def test_what_the_sandbox_lacks_is_an_error_of_the_services_own_shape(self):
        self.refused("UnknownOperationException", "ListAttributes", self.ecs.list_attributes,
                     targetType="container-instance")
        self.refused("UnknownOperationException", "", self.sandbox.client("codedeploy").stop_deployment, deploymentId="x")
        self.refused("UnknownOperationException", "", self.sandbox.client("apigatewayv2").get_models, ApiId="x")


class Faults(SandboxTest):
    def fault(self, times=1, **action):
        self.sandbox.control("faults", {"match": {"service": "ecs", "op": "ListClusters"}, "times": times,
                                        "action": action})

    def test_modelled_errors_in_turn(self):
        for action, code in (({"type": "throttle"}, "ThrottlingException"), ({"type": "denied"}, "AccessDeniedException"),
                             ({"type": "expired"}, "ExpiredTokenException"), ({"type": "internal"}, "ServerException"),
                             ({"type": "error", "code": "ClusterNotFoundException", "message": "m"},
                              "ClusterNotFoundException")):
            with self.subTest(code):
                self.fault(**action)
                self.refused(code, "", self.ecs.list_clusters)
                self.ecs.list_clusters()

    def test_each_family_is_throttled_in_its_own_words(self):
        self.sandbox.control("faults", {"action": {"type": "throttle"}})
        for service, call, code, status in (("elbv2", "describe_load_balancers", "Throttling", 400),
                                            ("lambda", "list_functions", "TooManyRequestsException", 429),
                                            ("s3", "list_buckets", "SlowDown", 503),
                                            ("dynamodb", "list_tables", "ThrottlingException", 400)):
            answer = self.refused(code, "", getattr(self.sandbox.client(service), call))
            self.assertEqual(status, answer["ResponseMetadata"]["HTTPStatusCode"])

    def test_skip_and_every_choose_the_turns(self):
        self.sandbox.control("faults", {"match": {"op": "ListClusters"}, "skip": 1, "every": 2,
                                        "action": {"type": "throttle"}})
        seen = [self.sandbox.ecs("ListClusters", "{}")[0] for _ in range(5)]
        self.assertEqual([200, 400, 200, 400, 200], seen)

    def test_a_reset_before_and_after_the_request_was_applied(self):
        for kind, made in (("reset", False), ("reset-after", True), ("close", False), ("close-after", True)):
            self.sandbox.control("faults", {"match": {"op": "CreateCluster"}, "times": 1, "action": {"type": kind}})
            with self.assertRaises((ConnectionError, http.client.RemoteDisconnected)):
                self.sandbox.ecs("CreateCluster", json.dumps({"clusterName": kind}))
            arns = self.ecs.list_clusters()["clusterArns"]
            self.assertEqual(made, any(arn.endswith("/" + kind) for arn in arns), kind)
        self.assertEqual([0] * 4, [call["status"] for call in self.sandbox.control("calls?op=CreateCluster")])

    def test_cut_raw_slow_and_dripping_answers(self):
        self.fault(type="truncate", bytes=5)
        with self.assertRaises(http.client.IncompleteRead):
            self.sandbox.ecs("ListClusters", "{}")
        self.fault(type="raw", status=200, body="{not json")
        with self.assertRaises(ValueError):
            self.sandbox.ecs("ListClusters", "{}")
        self.fault(type="unavailable")
        with self.assertRaises(ValueError):
            self.sandbox.ecs("ListClusters", "{}")
        self.assertEqual(503, self.sandbox.control("calls")[-1]["status"])
        self.fault(type="delay", delay=0.2)
        start = time.monotonic()
        self.ecs.list_clusters()
        self.assertGreater(time.monotonic() - start, 0.2)
        self.fault(type="drip", per_byte=0.001)
        self.assertEqual(200, self.sandbox.ecs("ListClusters", "{}")[0])
        self.fault(type="hang", seconds=0.1)
        with self.assertRaises(ConnectionError):
            self.sandbox.ecs("ListClusters", "{}")

    def test_a_hanging_request_holds_nobody_else_up(self):
        self.fault(type="hang", seconds=5)
        connection = http.client.HTTPConnection("127.0.0.1", self.sandbox.port)
        headers = self.sandbox.sign("POST", "/", b"{}", {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters"}, "ecs")
        connection.request("POST", "/", b"{}", headers)
        start = time.monotonic()
        self.ecs.describe_clusters()
        self.assertLess(time.monotonic() - start, 2)
        connection.close()

    def test_a_fault_that_cannot_be_is_refused(self):
        for rule in ({"action": {"type": "explode"}}, {"actoin": {}}, {"match": {"operation": "x"}, "action": {}}):
            self.assertEqual(400, self.sandbox.control("faults", rule)["status"])


class Limits(SandboxTest):
    def registrations(self, count):
        body = json.dumps({"family": "f", "containerDefinitions": [{"name": "a", "image": "b", "memory": 64}]})
        return [self.sandbox.ecs("RegisterTaskDefinition", body)[1].get("__type") for _ in range(count)]

    def test_published_rates_hold_when_asked_for(self):
        self.assertEqual([None] * 25, self.registrations(25))
        self.sandbox.control("config", {"rate_limits": True})
        self.sandbox.control("clock", {"manual": True})
        self.assertEqual([None] * 20 + ["ThrottlingException"] * 2, self.registrations(22))
        self.sandbox.control("clock", {"advance": 3})
        self.assertEqual([None] * 3 + ["ThrottlingException"], self.registrations(4))
        self.assertEqual(200, self.sandbox.ecs("ListClusters", "{}")[0])


class Life(SandboxTest):
    def test_it_ends_with_its_standard_input(self):
        self.assertEqual(0, Sandbox().stop())

    def test_keep_alive_serves_many_requests_on_one_connection(self):
        for _ in range(3):
            self.ecs.list_clusters()
        self.assertEqual(1, len({call["conn"] for call in self.sandbox.control("calls")}))

    def test_garbage_on_the_wire_is_a_bad_request(self):
        for raw in (b"GARBAGE\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                    b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.sandbox.port), 10) as connection:
                connection.sendall(raw)
                self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 400 "), raw)

    def test_speed_and_hand_move_the_clock(self):
        self.sandbox.control("clock", {"speed": 1000})
        time.sleep(0.02)
        self.assertGreater(self.sandbox.control("clock")["now"], 15)
        now = self.sandbox.control("clock", {"manual": True})["now"]
        self.assertAlmostEqual(now + 60, self.sandbox.control("clock", {"advance": 60})["now"], delta=0.001)

    def test_waiting_ends_when_the_calls_have_come_or_the_time_is_up(self):
        self.ecs.list_clusters()
        self.sandbox.wait(calls={"op": "ListClusters", "count": 1})
        late = self.sandbox.control("wait", {"calls": {"op": "ListServices"}, "timeout": 0.1})
        self.assertEqual((False, 0, 408), (late["ok"], late["calls"], late["status"]))

    def test_a_reset_leaves_nothing(self):
        self.sandbox.client("ssm").put_parameter(Name="p", Value="v", Type="String")
        self.create_steady()
        self.sandbox.control("faults", {"action": {"type": "throttle"}})
        self.sandbox.control("reset", {})
        self.assertEqual([], self.ecs.list_clusters()["clusterArns"])
        self.refused("ParameterNotFound", "", self.sandbox.client("ssm").get_parameter, Name="p")
