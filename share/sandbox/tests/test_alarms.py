"""CloudWatch alarms, and the moment they go off."""

import json
import re

from .support import SandboxTest


class Alarms(SandboxTest):
    @property
    def cloudwatch(self):
        return self.sandbox.client("cloudwatch")

    def seed(self, **alarms):
        self.assertNotIn("error", self.sandbox.control("seed", {"alarms": alarms}))

    def states(self, **how):
        answer = self.cloudwatch.describe_alarms(**how)
        return {alarm["AlarmName"]: alarm["StateValue"] for kind in ("MetricAlarms", "CompositeAlarms")
                for alarm in answer.get(kind, [])}

    def request(self, body, content="application/x-amz-json-1.0", **headers):
        headers = {"Content-Type": content, **headers}
        headers = self.sandbox.sign("POST", "/", body.encode(), headers, "monitoring")
        status, answered, answer = self.sandbox.request("POST", "/", body.encode(), headers)
        return status, answered, answer.decode()

    def test_json_and_query_say_the_same(self):
        self.seed(errors="ALARM")
        target = {"X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms", "X-Amzn-Query-Mode": "true"}
        status, headers, answer = self.request('{"AlarmNames": ["errors", "none"]}', **target)
        self.assertEqual((200, "application/x-amz-json-1.0"), (status, headers["Content-Type"]))
        alarm = json.loads(answer)["MetricAlarms"][0]
        self.assertEqual(("errors", "ALARM", "set by a test"),
                         (alarm["AlarmName"], alarm["StateValue"], alarm["StateReason"]))
        self.assertIsInstance(alarm["StateUpdatedTimestamp"], (int, float))
        status, _, answer = self.request("Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=errors",
                                         "application/x-www-form-urlencoded; charset=utf-8")
        self.assertEqual((200, ["ALARM"]), (status, re.findall("<StateValue>(.*)</StateValue>", answer)))

    def test_errors_tell_the_old_code_to_json_clients(self):
        self.sandbox.control("faults", {"match": {"op": "DescribeAlarms"}, "times": 1, "action": {"type": "throttle"}})
        target = {"X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms", "X-Amzn-Query-Mode": "true"}
        status, headers, answer = self.request("{}", **target)
        self.assertEqual((400, "Throttling;Sender", "ThrottlingException"),
                         (status, headers["x-amzn-query-error"], json.loads(answer)["__type"]))
        status, headers, answer = self.request('{"NextToken": "x"}', **target)
        self.assertEqual((400, "InvalidNextToken;Sender"), (status, headers["x-amzn-query-error"]))

    def test_composite_alarms_are_only_shown_on_request(self):
        self.seed(errors="OK", any={"rule": "ALARM(errors)"})
        self.assertEqual({"errors": "OK"}, self.states())
        self.assertEqual({"errors": "OK"}, self.states(AlarmNames=["errors", "any"]))
        self.assertEqual({"errors": "OK", "any": "OK"}, self.states(AlarmTypes=["MetricAlarm", "CompositeAlarm", "LogAlarm"]))
        self.assertEqual({"any": "OK"}, self.states(AlarmTypes=["CompositeAlarm"]))

    def test_composite_alarms_follow_their_children(self):
        self.seed(a="OK", b="OK", c="INSUFFICIENT_DATA")
        arn = self.cloudwatch.describe_alarms(AlarmNames=["b"])["MetricAlarms"][0]["AlarmArn"]
        for name, rule in (("one", f'ALARM("a") OR ALARM({arn})'), ("both", "ALARM(a) AND ALARM(b)"),
                           ("odd", "NOT (OK(a) OR INSUFFICIENT_DATA(b)) AND TRUE"), ("outer", "ALARM(both)"),
                           ("two", "AT_LEAST(2, NOT OK, (a, b, c))")):
            self.cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule)

        def composite():
            return "".join("A" if state == "ALARM" else "-" for _, state in sorted(self.states(
                AlarmTypes=["CompositeAlarm"], AlarmNames=["one", "both", "odd", "outer", "two"]).items()))

        self.assertEqual("-----", composite())    # both, odd, one, outer, two
        self.cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="5xx")
        self.assertEqual("-AA-A", composite())
        self.cloudwatch.set_alarm_state(AlarmName="b", StateValue="ALARM", StateReason="5xx")
        self.assertEqual("AAAAA", composite())
        shown = self.cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"], AlarmNames=["both"])["CompositeAlarms"][0]
        self.assertIn("a is ALARM, b is ALARM", shown["StateReason"])
        self.cloudwatch.set_alarm_state(AlarmName="outer", StateValue="OK", StateReason="me")
        self.assertEqual("AAA-A", composite())    # until its child changes
        self.cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="fine")
        self.assertEqual("--A-A", composite())

    def test_rules_that_are_none_are_refused(self):
        self.seed(a="OK")
        for rule in ("ALARM(a) AND", "ALARM(a", "a", "ALARM(a) ALARM(a)", "AT_LEAST(x, OK, (a))", "ALARM(OR)", '"'):
            self.refused("ValidationError", "AlarmRule is invalid", self.cloudwatch.put_composite_alarm, AlarmName="x",
                         AlarmRule=rule)
        self.refused("ValidationError", "[b] in the alarm rule do not exist", self.cloudwatch.put_composite_alarm,
                     AlarmName="x", AlarmRule="OK(a) OR OK(b)")
        self.refused("ResourceNotFound", "", self.cloudwatch.set_alarm_state, AlarmName="b", StateValue="OK",
                     StateReason="x")

    def test_alarms_come_in_pages(self):
        self.seed(**{f"a{number:02}": "OK" for number in range(5)}, all={"rule": "ALARM(a00)"})
        kinds = ["MetricAlarm", "CompositeAlarm"]
        first = self.cloudwatch.describe_alarms(AlarmTypes=kinds, MaxRecords=4)
        self.assertEqual((4, 0), (len(first["MetricAlarms"]), len(first["CompositeAlarms"])))
        second = self.cloudwatch.describe_alarms(AlarmTypes=kinds, MaxRecords=4, NextToken=first["NextToken"])
        self.assertEqual((["a04"], ["all"], None), (
            [alarm["AlarmName"] for alarm in second["MetricAlarms"]],
            [alarm["AlarmName"] for alarm in second["CompositeAlarms"]], second.get("NextToken")))

    def test_a_new_alarm_has_no_data_and_a_changed_one_keeps_its_state(self):
        def put():
            self.cloudwatch.put_metric_alarm(AlarmName="m", MetricName="x", Namespace="y", Statistic="Sum", Period=60,
                                             EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold")
        put()
        self.assertEqual({"m": "INSUFFICIENT_DATA"}, self.states())
        self.cloudwatch.set_alarm_state(AlarmName="m", StateValue="ALARM", StateReason="x")
        put()
        self.assertEqual({"m": "ALARM"}, self.states())

    # ---- the control API

    def test_an_alarm_goes_off_at_a_time_and_for_a_while(self):
        self.seed(errors="OK")
        self.sandbox.control("clock", {"manual": True})
        self.sandbox.control("alarms", {"name": "errors", "state": "ALARM", "reason": "5xx", "in": 5, "for": 2})
        for seconds, state in ((4.9, "OK"), (0.2, "ALARM"), (1.8, "ALARM"), (0.2, "OK")):
            self.sandbox.control("clock", {"advance": seconds})
            self.assertEqual({"errors": state}, self.states())
        self.assertIn("no alarm", self.sandbox.control("alarms", {"name": "nobody", "state": "OK"})["error"])

    def test_an_alarm_goes_off_when_traffic_moves(self):
        made = self.sandbox.control("seed", {"alarms": {"during": "OK", "after": "OK"}, "balancers": [
            {"name": "lb", "listeners": [{"port": 80, "forward": {"blue": 100, "green": 0}}]}]})["balancers"]["lb"]
        elb = self.sandbox.client("elbv2")
        self.sandbox.control("clock", {"manual": True})
        self.sandbox.control("alarms", [
            {"name": "during", "state": "ALARM", "when": {"rule": "lb:80/default", "group": "green", "weight": 50}},
            {"name": "after", "state": "ALARM", "in": 1, "when": {"group": "green", "percent": 50}}])

        def shift(weight):
            elb.modify_listener(ListenerArn=made["listeners"]["80"], DefaultActions=[
                {"Type": "forward", "ForwardConfig": {"TargetGroups": [
                    {"TargetGroupArn": made["groups"]["blue"], "Weight": 100 - weight},
                    {"TargetGroupArn": made["groups"]["green"], "Weight": weight}]}}])
            return self.states()

        self.assertEqual({"during": "OK", "after": "OK"}, shift(10))
        self.assertEqual(2, len(self.sandbox.control("alarms")["waiting"]))
        self.assertEqual({"during": "ALARM", "after": "OK"}, shift(50))
        self.sandbox.control("clock", {"advance": 1})
        self.assertEqual({"during": "ALARM", "after": "ALARM"}, self.states())
        self.sandbox.wait(alarm={"name": "after", "state": "ALARM"})
        self.assertEqual([], self.sandbox.control("alarms")["waiting"])
