"""Alarms: composite ones are evaluated, kinds and pages honoured.

moto never evaluates a rule, gives composite alarms to those who asked for
metric alarms only, and knows no pages. API reference: DescribeAlarms,
PutCompositeAlarm, SetAlarmState. A new alarm is INSUFFICIENT_DATA.
"""

import base64
import datetime
from typing import Any, Callable, Dict, List

from moto.cloudwatch import models, responses
from moto.cloudwatch.exceptions import CloudWatchException
from moto.core.responses import ActionResult, EmptyResult

from ..alarm_rules import Rule, RuleError
from . import Current, replace

# API reference: MaxRecords is 1 to 100, 50 unless given.
PAGE = 50
# Alarms that watch each other change at most so often.
ROUNDS = 50


def install() -> None:
    replace(models.Alarm, "update_state", _update_state)
    replace(models.CloudWatchBackend, "put_metric_alarm", _put_metric_alarm)
    replace(models.CloudWatchBackend, "set_alarm_state", _set_alarm_state)
    replace(models.CloudWatchBackend, "delete_alarms", _delete_alarms)
    replace(responses.CloudWatchResponse, "describe_alarms", lambda _original: _describe_alarms)
    responses.CloudWatchResponse.put_composite_alarm = _put_composite_alarm


def _date() -> datetime.datetime:
    return datetime.datetime.fromtimestamp(Current.world.date(), datetime.timezone.utc)


def _update_state(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_state(self: Any, *positional: Any) -> None:
        original(self, *positional)
        self.state_updated_timestamp = _date()
    return update_state


def _put_metric_alarm(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_metric_alarm(self: Any, name: str, *positional: Any, **named: Any) -> Any:
        former = self.alarms.get(name)
        if former is not None and (former.rule is None) != (named.get("rule") is None):
            raise CloudWatchException("ValidationError", f"An alarm of another type is named {name}")
        _check_rule(self, name, named.get("rule"))
        alarm = original(self, name, *positional, **named)
        alarm.configuration_updated_timestamp = alarm.state_updated_timestamp = _date()
        if former is not None:
            alarm.state_value, alarm.state_reason = former.state_value, former.state_reason
            alarm.state_updated_timestamp, alarm.history = former.state_updated_timestamp, former.history
        else:
            alarm.state_value = "INSUFFICIENT_DATA"
        _evaluate(self)
        return alarm
    return put_metric_alarm


def _check_rule(backend: Any, name: str, text: Any) -> None:
    if text is None:
        return
    try:
        names = {child.rpartition(":alarm:")[2] for child in Rule(text).names}
    except RuleError as error:
        raise CloudWatchException("ValidationError", f"AlarmRule is invalid: {error}") from None
    missing = sorted(child for child in names if child not in backend.alarms)
    if missing:
        raise CloudWatchException("ValidationError", f"Could not save the composite alarm as alarms [{', '.join(missing)}] "
                                  "in the alarm rule do not exist")
    if name in names:
        raise CloudWatchException("ValidationError", "An alarm rule cannot name the alarm itself")


def _evaluate(backend: Any) -> None:
    """Composite alarms follow their children, some of which are composite, too."""
    def state_of(child: str) -> str:
        alarm = backend.alarms.get(child.rpartition(":alarm:")[2])
        return alarm.state_value if alarm else ""

    for _ in range(ROUNDS):
        changed = False
        for alarm in backend.alarms.values():
            if alarm.rule is None:
                continue
            children = tuple((child, state_of(child)) for child in sorted(Rule(alarm.rule).names))
            if getattr(alarm, "sandbox_children", None) == (alarm.rule, children):
                continue    # until a child changes, what SetAlarmState said stays
            alarm.sandbox_children = (alarm.rule, children)
            state = "ALARM" if Rule(alarm.rule).evaluate(state_of) else "OK"
            if state != alarm.state_value:
                why = ", ".join(f"{child} is {child_state or 'absent'}" for child, child_state in children)
                alarm.update_state(f"{alarm.alarm_arn} transitioned to {state}: {why}", "{}", state)
                changed = True
        if not changed:
            break


def _set_alarm_state(original: Callable[..., Any]) -> Callable[..., Any]:
    def set_alarm_state(self: Any, *positional: Any, **named: Any) -> None:
        original(self, *positional, **named)
        _evaluate(self)
    return set_alarm_state


def _delete_alarms(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_alarms(self: Any, alarm_names: List[str]) -> None:
        composite = [name for name in alarm_names if name in self.alarms and self.alarms[name].rule is not None]
        if composite and len(alarm_names) > 1:
            raise CloudWatchException("ValidationError", "Only one composite alarm can be deleted at a time, alone")
        original(self, alarm_names)
        _evaluate(self)
    return delete_alarms


def _put_composite_alarm(self: Any) -> EmptyResult:
    params = self._get_params()
    self.cloudwatch_backend.put_metric_alarm(
        params["AlarmName"], None, None, None, None, None, None, None, params.get("AlarmDescription"), [],
        params.get("AlarmActions") or [], ok_actions=params.get("OKActions"),
        insufficient_data_actions=params.get("InsufficientDataActions"),
        actions_enabled=params.get("ActionsEnabled"), rule=params["AlarmRule"], tags=params.get("Tags"))
    return EmptyResult()


def _describe_alarms(self: Any) -> ActionResult:
    params: Dict[str, Any] = self._get_params()
    names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix")
    if names and prefix:
        raise CloudWatchException("InvalidParameterCombination", "AlarmNames and AlarmNamePrefix cannot be used together")
    kinds = params.get("AlarmTypes") or ["MetricAlarm"]
    found = [alarm for alarm in sorted(self.cloudwatch_backend.alarms.values(), key=lambda alarm: alarm.name)
             if (not names or alarm.name in names)
             and (not prefix or alarm.name.startswith(prefix))
             and params.get("StateValue") in (None, alarm.state_value)
             and ("MetricAlarm" if alarm.rule is None else "CompositeAlarm") in kinds
             and (not params.get("ActionPrefix")
                  or any(action.startswith(params["ActionPrefix"]) for action in alarm.alarm_actions))]
    start, size = _start(params.get("NextToken")), int(params.get("MaxRecords") or PAGE)
    page = found[start:start + size]
    more = len(found) > start + size
    return ActionResult({
        "MetricAlarms": [alarm for alarm in page if alarm.rule is None],
        "CompositeAlarms": [alarm for alarm in page if alarm.rule is not None],
        "NextToken": base64.b64encode(str(start + size).encode()).decode() if more else None})


def _start(token: Any) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError:
        raise CloudWatchException("InvalidNextToken", "The next token is not valid") from None
