"""Lambda: event source mappings, their kinds, states and conflicts."""

import re

from .lambdas import ARN, LambdaTest

SQS = "arn:aws:sqs:us-east-1:123456789012:jobs"
KINESIS = "arn:aws:kinesis:us-east-1:123456789012:stream/events"
DYNAMODB = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000"
MSK = "arn:aws:kafka:us-east-1:123456789012:cluster/c/0a1b2c3d-0000-0000-0000-000000000000-1"
MQ = "arn:aws:mq:us-east-1:123456789012:broker:b:b-0a1b2c3d-0000-0000-0000-000000000000"
DOCDB = "arn:aws:rds:us-east-1:123456789012:cluster:docdb"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:mq-0a1b2c"
BASIC = [{"Type": "BASIC_AUTH", "URI": SECRET}]
KAFKA = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["broker:9092"]}}

# What each kind of source needs.
KINDS = {
    "sqs": {"EventSourceArn": SQS}, "fifo": {"EventSourceArn": SQS + ".fifo"},
    "kinesis": {"EventSourceArn": KINESIS, "StartingPosition": "LATEST"},
    "dynamodb": {"EventSourceArn": DYNAMODB, "StartingPosition": "TRIM_HORIZON"},
    "msk": {"EventSourceArn": MSK, "StartingPosition": "LATEST", "Topics": ["events"]},
    "self-managed": {"SelfManagedEventSource": KAFKA, "Topics": ["events"], "StartingPosition": "LATEST",
                     "SourceAccessConfigurations": BASIC},
    "mq": {"EventSourceArn": MQ, "Queues": ["q"], "SourceAccessConfigurations": BASIC},
    "docdb": {"EventSourceArn": DOCDB, "StartingPosition": "LATEST", "SourceAccessConfigurations": BASIC,
              "DocumentDBEventSourceConfig": {"DatabaseName": "d"}},
}


class Sources(LambdaTest):
    def setUp(self):
        super().setUp()
        self.active(versions=1)
        self.fn.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")

    def map(self, kind="sqs", function="hello:live", **more):
        return self.fn.create_event_source_mapping(**{"FunctionName": function, **KINDS[kind], **more})

    def get(self, uuid):
        return self.fn.get_event_source_mapping(UUID=uuid)

    def test_each_kind_is_made_and_enabled(self):
        for kind in KINDS:
            made = self.map(kind)
            self.assertEqual(("Creating", ARN + "hello:live", 202), (made["State"], made["FunctionArn"],
                                                                     made["ResponseMetadata"]["HTTPStatusCode"]), kind)
            self.advance()
            shown = self.get(made["UUID"])
            self.assertEqual(("Enabled", 10 if kind in ("sqs", "fifo") else 100), (shown["State"], shown["BatchSize"]), kind)
            for name, value in KINDS[kind].items():
                self.assertEqual(value, shown[name], kind)
        self.assertEqual(len(KINDS), len(self.fn.list_event_source_mappings()["EventSourceMappings"]))

    def test_what_a_kind_lacks_or_does_not_take_is_refused(self):
        for part, kind, more in (
                ("Value null at 'startingPosition'", "kinesis", {"StartingPosition": None}),
                ("Value null at 'startingPosition'", "dynamodb", {"StartingPosition": None}),
                ("Value null at 'topics'", "msk", {"Topics": None}),
                ("Value null at 'queues'", "mq", {"Queues": None}),
                ("Value null at 'documentDBEventSourceConfig'", "docdb", {"DocumentDBEventSourceConfig": None}),
                ("StartingPosition is not valid for SQS event sources.", "sqs", {"StartingPosition": "LATEST"}),
                ("ParallelizationFactor is not valid for SQS", "sqs", {"ParallelizationFactor": 2}),
                ("ScalingConfig is not valid for Kinesis", "kinesis", {"ScalingConfig": {"MaximumConcurrency": 2}}),
                ("Queues is not valid for Kafka", "msk", {"Queues": ["q"]}),
                ("TumblingWindowInSeconds is not valid for Amazon MQ", "mq", {"TumblingWindowInSeconds": 5}),
                ("Unsupported starting position", "dynamodb", {"StartingPosition": "AT_TIMESTAMP",
                                                               "StartingPositionTimestamp": 1767225600}),
                ("StartingPositionTimestamp must be given", "kinesis", {"StartingPosition": "AT_TIMESTAMP"}),
                ("must be greater than 0 if maximum batch size is greater than 10", "sqs", {"BatchSize": 11}),
                ("not supported for FIFO", "fifo", {"MaximumBatchingWindowInSeconds": 1}),
                ("at most 10 for SQS FIFO", "fifo", {"BatchSize": 11}),
                ("cannot be used together", "sqs", {"ScalingConfig": {"MaximumConcurrency": 2},
                                                    "ProvisionedPollerConfig": {"MinimumPollers": 2}}),
                ("Invalid filter pattern", "sqs", {"FilterCriteria": {"Filters": [{"Pattern": "{no"}]}}),
                ("Exactly one of", "msk", {"SelfManagedEventSource": KAFKA}),
                ("region", "sqs", {"EventSourceArn": SQS.replace("us-east-1", "eu-west-1")}),
                ("Unrecognized event source", "sqs", {"EventSourceArn": "arn:aws:s3:::bucket"})):
            arguments = {"FunctionName": "hello:live", **KINDS[kind], **more}
            arguments = {name: value for name, value in arguments.items() if value is not None}
            self.refused("InvalidParameterValueException", part,
                         lambda: self.fn.create_event_source_mapping(**arguments))
        self.refused("ResourceNotFoundException", f"Function not found: {ARN}hello:none", self.map, function="hello:none")
        self.refused("ResourceNotFoundException", f"Function not found: {ARN}none", self.map, function="none")
        self.map("sqs", BatchSize=11, MaximumBatchingWindowInSeconds=1)

    def test_one_source_and_function_are_mapped_once(self):
        for kind, part in (("sqs", f'An event source mapping with SQS arn (" {SQS} ") and function (" hello:live ")'),
                           ("kinesis", f'The event source arn (" {KINESIS} ") and function (" hello:live ")'),
                           ("msk", "already exists")):
            made = self.map(kind)
            answer = self.refused("ResourceConflictException", part, self.map, kind=kind)
            self.assertEqual(made["UUID"], re.search(r"UUID (\S+)$", answer["Error"]["Message"])[1])
            self.assertEqual(409, answer["ResponseMetadata"]["HTTPStatusCode"])
        self.map("kinesis", function="hello")
        self.map("msk", Topics=["other"])
        self.advance()
        self.fn.delete_event_source_mapping(UUID=made["UUID"])
        self.refused("ResourceConflictException", "already exists", self.map, kind="msk")
        self.advance()
        self.map("msk")

    def test_no_change_within_a_transition(self):
        uuid = self.map()["UUID"]
        change = {"update": lambda **more: self.fn.update_event_source_mapping(UUID=uuid, **more),
                  "delete": lambda: self.fn.delete_event_source_mapping(UUID=uuid)}
        for state, begin in (("Creating", None), ("Updating", lambda: change["update"](BatchSize=5)),
                             ("Disabling", lambda: change["update"](Enabled=False)),
                             ("Enabling", lambda: change["update"](Enabled=True)), ("Deleting", change["delete"])):
            if begin:
                self.assertEqual(state, begin()["State"])
            for verb, call in change.items():
                answer = self.refused("ResourceInUseException", f"Cannot {verb} the event source mapping because it is in "
                                      "use.", call)
                self.assertEqual(400, answer["ResponseMetadata"]["HTTPStatusCode"])
            self.assertEqual(state, self.get(uuid)["State"])
            self.advance()
            if state == "Disabling":
                self.assertEqual("Disabled", self.get(uuid)["State"])
        answer = self.refused("ResourceNotFoundException", "The resource you requested does not exist.", self.get, uuid=uuid)
        self.assertEqual(404, answer["ResponseMetadata"]["HTTPStatusCode"])
        self.refused("ResourceNotFoundException", "does not exist", change["delete"])

    def test_members_left_out_of_an_update_stay(self):
        uuid = self.map(BatchSize=7, Enabled=False, FilterCriteria={"Filters": [{"Pattern": '{"a": ["b"]}'}]})["UUID"]
        self.advance()
        self.assertEqual("Disabled", self.get(uuid)["State"])
        self.fn.update_event_source_mapping(UUID=uuid, ScalingConfig={"MaximumConcurrency": 3})
        self.advance()
        shown = self.get(uuid)
        self.assertEqual((7, "Disabled", 3, '{"a": ["b"]}', ARN + "hello:live"), (
            shown["BatchSize"], shown["State"], shown["ScalingConfig"]["MaximumConcurrency"],
            shown["FilterCriteria"]["Filters"][0]["Pattern"], shown["FunctionArn"]))
        self.fn.update_event_source_mapping(UUID=uuid, FunctionName="hello")
        self.advance()
        self.assertEqual(ARN + "hello", self.get(uuid)["FunctionArn"])
        self.refused("InvalidParameterValueException", "not valid for SQS", self.fn.update_event_source_mapping, UUID=uuid,
                     ParallelizationFactor=2)

    def test_mappings_are_found_by_source_and_function(self):
        for kind in KINDS:
            self.map(kind)
        self.map("sqs", function="hello")

        def found(**what):
            return len(self.fn.list_event_source_mappings(**what)["EventSourceMappings"])

        self.assertEqual((9, 8, 2, 1, 0), (
            found(FunctionName="hello"), found(FunctionName="hello:live"), found(EventSourceArn=SQS),
            found(EventSourceArn=SQS, FunctionName=ARN + "hello:live"), found(FunctionName="hello:1")))
        first = self.fn.list_event_source_mappings(MaxItems=5)
        second = self.fn.list_event_source_mappings(MaxItems=5, Marker=first["NextMarker"])
        self.assertEqual(9, len({item["UUID"] for item in first["EventSourceMappings"] + second["EventSourceMappings"]}))
        self.assertNotIn("NextMarker", second)

    def test_deleting_the_function_leaves_its_mappings(self):
        made = self.map(Tags={"a": "b"})
        self.advance()
        self.fn.delete_function(FunctionName="hello")
        self.assertEqual("Enabled", self.get(made["UUID"])["State"])
        self.assertEqual({"a": "b"}, self.fn.list_tags(Resource=made["EventSourceMappingArn"])["Tags"])
        self.fn.delete_event_source_mapping(UUID=made["UUID"])

    def test_mappings_fail_as_tests_say(self):
        self.sandbox.control("lambda", {"match": {"on": "mapping"}, "fail": "x", "reason": "ESM/SourceAccessDenied",
                                        "after": 5})
        uuid = self.map()["UUID"]
        self.advance(4)
        self.assertEqual("Creating", self.get(uuid)["State"])
        self.advance(2)
        shown = self.get(uuid)
        self.assertEqual(("Disabled", "ESM/SourceAccessDenied"), (shown["State"], shown["StateTransitionReason"]))
        self.sandbox.wait(mapping={"function": "hello:live", "state": "Disabled", "source": SQS})
