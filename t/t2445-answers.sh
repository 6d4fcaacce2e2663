#!/bin/sh

test_description='what AWS answered is told from a definition, in one finding, and made one by check --fix'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# fresh: a work tree with one good service
fresh () {
	rm -rf work &&
	git init -q work &&
	service_write work dev/web/web &&
	git -C work add . &&
	git -C work commit -q -m good &&
	cp work/dev/web/web_taskdef.json good
}

# check_says <<EOF: exactly these findings
check_says () {
	cat >expect &&
	test_expect_code 1 git -C work gitops check --worktree >actual &&
	sed -e "\$d" -e "/^ .*|/d" actual >findings &&
	test_cmp expect findings
}

# repaired: a repair leaves no finding
repaired () {
	git -C work gitops check --fix >out &&
	git -C work gitops check --worktree >out &&
	test_grep "1 service object, no errors" out
}

ANSWER='"taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7",
  "revision": 7, "status": "ACTIVE", "compatibilities": ["EC2"], "registeredBy": "arn:aws:iam::123456789012:root"'

test_expect_success 'members of an answer are one finding, and their removal leaves the rest as it stands' '
	fresh &&
	{ echo "{" && echo "  $ANSWER," && sed 1d good; } >work/dev/web/web_taskdef.json &&
	check_says <<-EOF &&
	dev/web/web_taskdef.json:2:3: error: ${SQ}taskDefinitionArn${SQ}, ${SQ}revision${SQ}, ${SQ}status${SQ}, ${SQ}compatibilities${SQ}, ${SQ}registeredBy${SQ} are in AWS${SQ}s answers only [schema-unknown]
	hint: remove them: ${SQ}aws ecs describe-task-definition${SQ} shows them, no definition has them
	EOF
	sed -i "s/{{ name }}/web/; s/{{ image }}/nginx:1/" work/dev/web/web_taskdef.json good &&
	repaired &&
	test_cmp good work/dev/web/web_taskdef.json
'

test_expect_success 'also behind and between the others' '
	fresh && sed -i "s/{{ name }}/web/; s/{{ image }}/nginx:1/" good &&
	sed -e "s/  \"family\"/  \"status\": \"ACTIVE\",\n&/" -e "s/  \"cpu\"/  \"revision\": 7,\n&/" good |
	sed "\$d" >work/dev/web/web_taskdef.json &&
	echo ",\"registeredAt\": 1 }" >>work/dev/web/web_taskdef.json &&
	repaired &&
	jq -S . good >expect && jq -S . work/dev/web/web_taskdef.json >actual && test_cmp expect actual &&
	test_grep "^  \"cpu\": \"256\",$" work/dev/web/web_taskdef.json
'

test_expect_success 'a whole answer is one finding, and becomes the definition in it' '
	fresh && sed -i "s/{{ name }}/web/; s/{{ image }}/nginx:1/" good &&
	jq "{taskDefinition: (. + {$ANSWER}), tags: []}" good >work/dev/web/web_taskdef.json &&
	check_says <<-EOF &&
	dev/web/web_taskdef.json:2:3: error: this is an answer of ${SQ}aws ecs describe-task-definition${SQ}, not a definition [schema-unknown]
	hint: keep what stands in "taskDefinition", without the members that only answers have, like "taskDefinitionArn"
	EOF
	repaired &&
	jq -S . good >expect && jq -S . work/dev/web/web_taskdef.json >actual && test_cmp expect actual
'

test_expect_success 'tags beside it are not thrown away' '
	fresh && sed -i "s/{{ name }}/web/; s/{{ image }}/nginx:1/" good &&
	jq "{taskDefinition: ., tags: [{key: \"a\", value: \"b\"}]}" good >work/dev/web/web_taskdef.json &&
	cp work/dev/web/web_taskdef.json before &&
	test_expect_code 1 git -C work gitops check --fix >out &&
	test_cmp before work/dev/web/web_taskdef.json
'

test_expect_success 'nor one of several services' '
	fresh &&
	jq -n "{services: [{serviceName: \"a\", desiredCount: 1}, {serviceName: \"b\"}]}" >work/dev/web/web_svcdef.json &&
	cp work/dev/web/web_svcdef.json before &&
	test_expect_code 1 git -C work gitops check --fix >out &&
	test_grep "an answer of .aws ecs describe-services., not a definition" out &&
	test_cmp before work/dev/web/web_svcdef.json
'

test_expect_success 'a member that a newer AWS takes is allowed as ever' '
	fresh && sed -i "s/{{ name }}/web/; s/{{ image }}/nginx:1/" good &&
	jq ". + {revision: 7}" good >work/dev/web/web_taskdef.json &&
	test_expect_code 1 git -C work gitops check --worktree >out &&
	git -C work config --add gitops.schemaAllow revision &&
	git -C work gitops check --worktree >out &&
	test_grep "no errors" out
'

test_expect_success 'a list of target groups is not one of pairs; of two it is certain what was meant' '
	fresh &&
	group=arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup &&
	sed -i "s|\"launchType\"|\"deploymentController\": { \"type\": \"EXTERNAL\" },\n  \"loadBalancers\": [ { \"targetGroupArn\": \"$group/blue/0123456789abcdef\", \"containerName\": \"main\", \"containerPort\": 80 } ],\n  &|" \
		work/dev/web/web_svcdef.json &&
	sed -i "s|\"essential\": true|&, \"portMappings\": [ { \"containerPort\": 80 } ]|" work/dev/web/web_taskdef.json &&
	echo "{ \"targetGroupArnPairs\": [ \"$group/blue/0123456789abcdef\", \"$group/green/0123456789abcdef\" ] }" \
		>work/dev/web/web_depdef.json &&
	check_says <<-EOF &&
	dev/web/web_depdef.json:1:26: error: ${SQ}targetGroupArnPairs${SQ} is a list of target groups, not of pairs [schema-type]
	hint: put each pair into brackets of its own: [["...", "..."]]
	EOF
	repaired &&
	jq -r ".targetGroupArnPairs | map(length) | @csv" work/dev/web/web_depdef.json >actual &&
	echo 2 >expect && test_cmp expect actual
'

test_done
