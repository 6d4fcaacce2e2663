#!/bin/sh

test_description='images by tag and layers by :latest are looked up once, and told'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

IMAGES=123456789012.dkr.ecr.us-east-1.amazonaws.com
LAYER=arn:aws:lambda:us-east-1:123456789012:layer

# image <uri> [<filter>]: a definition with it
image () {
	lambdadef "del(.Handler, .Runtime) | .PackageType = \"Image\" | .Code = {ImageUri: \"$1\"} | ${2:-.}"
}

# tag <uri> <number>|null: which image it names
tag () {
	if test "$2" = null
	then
		control -d "{\"$1\": null}" "$SANDBOX_URL/_sandbox/images"
	else
		control -d "{\"$1\": \"sha256:$(printf "%064d" "$2")\"}" "$SANDBOX_URL/_sandbox/images"
	fi
}

# layer <name>: one more version of it
layer () {
	echo "{\"Content\": {\"ZipFile\": \"$(cat code)\"}}" |
	test-tool aws-call --service lambda --op PublishLayerVersion --method POST --path "/2018-10-31/layers/$1/versions" >.layer
}

# sent <operation> <filter>: of the last such call
sent () {
	sandbox_ctl "calls?op=$1" | jq -c ".[-1].params | $2"
}

test_expect_success 'a tag becomes a digest, and both are told and recorded' '
	lambda_start &&
	tag $IMAGES/team/app:blue 7 &&
	image $IMAGES/team/app:blue &&
	rm -f journal &&
	deploy_lambda --journal=journal >out &&
	test_grep "^preflight: image ${SQ}$IMAGES/team/app:blue${SQ} is sha256:0*7$" out &&
	sent CreateFunction .Code >actual &&
	echo "{\"ImageUri\":\"$IMAGES/team/app@sha256:$(printf "%064d" 7)\"}" >expect &&
	test_cmp expect actual &&
	field "ids.resolved" journal >actual &&
	echo "{\"$IMAGES/team/app:blue\":\"$IMAGES/team/app@sha256:$(printf "%064d" 7)\"}" >expect &&
	test_cmp expect actual &&
	sent DescribeImages "[.registryId, .repositoryName, .imageIds[0].imageTag]" >actual &&
	echo "[\"123456789012\",\"team/app\",\"blue\"]" >expect &&
	test_cmp expect actual
'

test_expect_success 'the same image is not sent again' '
	calls_since count >calls &&
	deploy_lambda >out &&
	test_grep "^publish: nothing has changed" out &&
	calls_since count >calls &&
	test_grep ! UpdateFunctionCode calls
'

test_expect_success 'a tag that moved is' '
	tag $IMAGES/team/app:blue 8 &&
	deploy_lambda >out &&
	test_grep "^publish: published version ${SQ}2${SQ}" out &&
	sent UpdateFunctionCode .ImageUri >actual &&
	echo "\"$IMAGES/team/app@sha256:$(printf "%064d" 8)\"" >expect &&
	test_cmp expect actual
'

test_expect_success 'a digest is taken as it is' '
	calls_since count >calls &&
	image "$IMAGES/team/app@sha256:$(printf "%064d" 8)" &&
	deploy_lambda >out &&
	calls_since count >calls &&
	test_grep ! -E "DescribeImages|UpdateFunctionCode" calls
'

test_expect_success 'no tag is the tag latest' '
	image $IMAGES/team/app && deploy_lambda >out &&
	sent DescribeImages ".imageIds[0].imageTag" >actual &&
	echo "\"latest\"" >expect &&
	test_cmp expect actual
'

test_expect_success 'an image that is not there, may not be seen, or is elsewhere is told before anything is changed' '
	calls_since count >calls &&
	tag $IMAGES/team/app:gone null &&
	image $IMAGES/team/app:gone && test_expect_code 1 deploy_lambda >out &&
	test_grep "^! image-missing: image ${SQ}$IMAGES/team/app:gone${SQ} is not there" out &&
	image $IMAGES/team/app:blue &&
	fault "{\"match\": {\"op\": \"DescribeImages\"}, \"times\": 1, \"action\": {\"type\": \"denied\"}}" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! image-denied: cannot tell which image" out &&
	test_grep "ecr:DescribeImages" out &&
	image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1 && test_expect_code 1 deploy_lambda >out &&
	test_grep "^! definition: image .* is in region eu-west-1" out &&
	image docker.io/team/app:1 && test_expect_code 1 deploy_lambda >out &&
	test_grep "is no image of Amazon ECR" out &&
	calls_since count >calls &&
	test_grep ! -E "Update|Create|Publish" calls
'

test_expect_success 'the newest version of a layer is found, and told' '
	lambda_reset &&
	layer tools && layer tools && layer other &&
	lambdadef ".Layers = [\"$LAYER:tools:latest\", \"$LAYER:other:1\"]" &&
	rm -f journal &&
	deploy_lambda --journal=journal >out &&
	test_grep "^preflight: layer ${SQ}$LAYER:tools:latest${SQ} is ${SQ}$LAYER:tools:2${SQ}" out &&
	sent CreateFunction .Layers >actual &&
	echo "[\"$LAYER:tools:2\",\"$LAYER:other:1\"]" >expect &&
	test_cmp expect actual &&
	field "ids.resolved" journal | jq -r "keys[]" >actual &&
	echo "$LAYER:tools:latest" >expect &&
	test_cmp expect actual
'

test_expect_success 'nothing newer, nothing new; one that is newer is a change' '
	deploy_lambda >out &&
	test_grep "^publish: nothing has changed" out &&
	layer tools &&
	deploy_lambda >out &&
	sent UpdateFunctionConfiguration .Layers >actual &&
	echo "[\"$LAYER:tools:3\",\"$LAYER:other:1\"]" >expect &&
	test_cmp expect actual &&
	test_grep "^publish: published version ${SQ}2${SQ}" out
'

test_expect_success 'no such layer, and one that may not be listed' '
	lambdadef ".Layers = [\"$LAYER:none:latest\"]" && test_expect_code 1 deploy_lambda >out &&
	test_grep "^! definition: there is no version of layer ${SQ}$LAYER:none:latest${SQ}" out &&
	fault "{\"match\": {\"op\": \"ListLayerVersions\"}, \"times\": 1, \"action\": {\"type\": \"denied\"}}" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! iam-denied: cannot tell which version" out &&
	test_grep "hint: .*name a version" out
'

test_expect_success 'what was looked up stays, also when a worker dies and something newer comes' '
	lambdadef ".Layers = [\"$LAYER:tools:latest\"] | .Timeout = 33" && rm -f journal &&
	{ deploy_lambda --journal=journal --die-after-saves=2 >out; test $? = 137; } &&
	layer tools &&
	deploy_lambda --journal=journal >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	sent UpdateFunctionConfiguration .Layers >actual &&
	echo "[\"$LAYER:tools:3\"]" >expect &&
	test_cmp expect actual
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
