#!/bin/sh

test_description='whatever a rule says besides, moving traffic changes two weights of it'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# Makes a rule or default action at random (by a number) that sends traffic to
# blue; tells what AWS shows of the listener and all its rules; compares two such.
cat >rules.py <<\EOF
import json, random, sys
import boto3

elb = boto3.client('elbv2', 'us-east-1')

def login(chosen):
    if chosen == 'authenticate-oidc':
        return {'Type': chosen, 'AuthenticateOidcConfig': {
            'Issuer': 'https://id', 'AuthorizationEndpoint': 'https://id/a', 'TokenEndpoint': 'https://id/t',
            'UserInfoEndpoint': 'https://id/u', 'ClientId': 'me', 'ClientSecret': 'hush',
            'Scope': random.choice(['openid', 'openid email']), 'SessionTimeout': random.randint(1, 604800),
            'OnUnauthenticatedRequest': random.choice(['deny', 'allow', 'authenticate']),
            'AuthenticationRequestExtraParams': {'prompt': 'login', 'display': 'page & <x>'}}}
    return {'Type': chosen, 'AuthenticateCognitoConfig': {
        'UserPoolArn': 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_x', 'UserPoolClientId': 'abc',
        'UserPoolDomain': 'login', 'SessionCookieName': 'c%d' % random.randint(1, 99)}}

def groups(names):
    return {g['TargetGroupName']: g['TargetGroupArn'] for g in elb.describe_target_groups(Names=names)['TargetGroups']}

def make(number, listener, rule):
    random.seed(number)
    arns = groups(['blue', 'green', 'x1', 'x2', 'x3'])
    members = [('blue', random.choice([1, 7, 100, 999]))]
    if random.random() < 0.5:
        members.append(('green', 0))
    members += [(f'x{n}', random.choice([0, 1, 50, 999])) for n in random.sample([1, 2, 3], random.randint(0, 3))]
    random.shuffle(members)
    forward = {'TargetGroups': [{'TargetGroupArn': arns[name], 'Weight': weight} for name, weight in members]}
    if random.random() < 0.5:
        forward['TargetGroupStickinessConfig'] = {'Enabled': True, 'DurationSeconds': random.randint(1, 604800)}
    elif random.random() < 0.5:
        forward['TargetGroupStickinessConfig'] = {'Enabled': False}
    actions = [{'Type': 'forward', 'ForwardConfig': forward}]
    first = random.choice(['authenticate-oidc', 'authenticate-cognito', None])
    if first:
        actions.insert(0, login(first))
    step = random.choice([1, 10])
    for order, action in enumerate(actions, 1):
        action['Order'] = order * step
    if random.random() < 0.3:
        elb.delete_rule(RuleArn=rule)
        elb.modify_listener(ListenerArn=listener, DefaultActions=actions)
    else:
        elb.modify_rule(RuleArn=rule, Actions=actions)

def show(listener):
    return {'listener': elb.describe_listeners(ListenerArns=[listener])['Listeners'],
            'rules': elb.describe_rules(ListenerArn=listener)['Rules']}

def weights(value, found):
    """Takes the weights out of what AWS shows, and the new group where it was not there."""
    if isinstance(value, dict):
        if 'TargetGroups' in value and any('/blue/' in g['TargetGroupArn'] for g in value['TargetGroups']):
            named = {g['TargetGroupArn'].split('/')[1]: g['Weight'] for g in value['TargetGroups']}
            found.append(named)
            value['TargetGroups'] = sorted(set(named) | {'green'})
        # Beside a list of one group AWS shows the group alone, too.
        if 'ForwardConfig' in value:
            value.pop('TargetGroupArn', None)
        for item in value.values():
            weights(item, found)
    elif isinstance(value, list):
        for item in value:
            weights(item, found)
    return value

def compare(before, after):
    was, now = [], []
    a, b = weights(json.load(open(before)), was), weights(json.load(open(after)), now)
    assert a == b, f'changed:\n{json.dumps(a, indent=1)}\nto\n{json.dumps(b, indent=1)}'
    assert len(was) == len(now) > 0
    for old, new in zip(was, now):
        assert new['blue'] == 0, new
        # To split a small weight all are made larger, by the same factor.
        others = {name: weight for name, weight in old.items() if name.startswith('x') and weight}
        for name, weight in others.items():
            assert new[name] * old['blue'] == weight * new['green'], (old, new)
        assert all(new[name] == 0 for name in old if name.startswith('x') and not old[name]), (old, new)

command, *args = sys.argv[1:]
if command == 'make':
    make(int(args[0]), *args[1:])
elif command == 'show':
    json.dump(show(args[0]), sys.stdout)
else:
    compare(*args)
EOF

rules () {
	"$GITOPS_SANDBOX_PYTHON" rules.py "$@"
}

# serving <group>...: each has a target that answers
serving () {
	for group
	do
		rules_arn=$(jq -r ".balancers.lb.groups.$group" made) &&
		printf "Action=RegisterTargets&Version=2015-12-01&TargetGroupArn=%s&Targets.member.1.Id=10.8.8.%s" \
			"$rules_arn" "${group#x}" >.body &&
		test-tool aws-call --service elasticloadbalancing --op RegisterTargets <.body >.answer || return
	done
}

# settled: whoever gets traffic answers, and what was before is forgotten
settled () {
	control -X DELETE "$SANDBOX_URL/_sandbox/holes" &&
	control "$SANDBOX_URL/_sandbox/holes?format=text" && ! test -s .control
}

# kept <number>: the rule of that number
kept () {
	fresh 10 && control -d "{\"balancers\": [{\"name\": \"lb\", \"listeners\": [{\"port\": 443, \"protocol\": \"HTTPS\",
		\"forward\": {\"main\": 1}, \"rules\": [{\"priority\": 5, \"host\": \"a.example\", \"forward\": {\"main\": 3}},
		{\"priority\": 10, \"path\": \"/web\", \"forward\": {\"blue\": 1}}]}],
		\"free\": [\"green\", \"x1\", \"x2\", \"x3\"]}]}" "$SANDBOX_URL/_sandbox/seed" && cp .control made &&
	blue=$(jq -r .balancers.lb.groups.blue made) && green=$(jq -r .balancers.lb.groups.green made) &&
	listener=$(jq -r ".balancers.lb.listeners[\"443\"]" made) &&
	svcdef ".deploymentController.type = \"EXTERNAL\" |
		.loadBalancers = [{targetGroupArn: \"$blue\", containerName: \"app\", containerPort: 80}]" &&
	balanced_image good:1 && shifting ".trafficShiftingConfig.waitInterval = 0" &&
	deploy >out && task_sets >/dev/null && serving x1 x2 x3 &&
	rules make "$1" "$listener" "$(jq -r ".balancers.lb.rules[\"lb:443/10\"]" made)" &&
	wait_for settled && rules show "$listener" >before &&
	{ deploy >out || { cat out && return 1; }; } &&
	rules show "$listener" >after &&
	rules compare before after &&
	sandbox_no_holes
}

test_expect_success 'setup' '
	deploy_start
'

for number in $(seq 1 ${GITOPS_TEST_LONG:+4}8)
do
	test_expect_success "a rule at random, number $number" '
		kept $number
	'
done

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
