#!/bin/sh

test_description='calls to AWS survive what networks and AWS do to them'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# call <option>...: DescribeClusters, what came of it in "out", errors in "err"
call () {
	test-tool aws-call --service ecs --op DescribeClusters --verbose --no-delay "$@" \
		<body >out 2>err
}

# fault <json of an action> [<more members of the rule>]
fault () {
	sandbox_ctl faults - >/dev/null &&
	sandbox_ctl calls - >/dev/null &&
	sandbox_ctl faults "{\"match\": {\"service\": \"ecs\"}, \"action\": $1${2:+, $2}}" >/dev/null
}

# outcome <outcome> <attempts>: of the last call; and AWS saw as many requests
outcome () {
	test_grep "^outcome: $1\$" out &&
	test_grep "^attempts: $2\$" out
}

seen () {
	sandbox_calls service=ecs >calls &&
	test_line_count -eq "$1" calls
}

test_expect_success 'setup: a sandbox with a cluster' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"demo\"]}" &&
	echo "{\"clusters\": [\"demo\"]}" >body
'

test_expect_success 'an answer is JSON, with its request id' '
	call &&
	outcome ok 1 &&
	test_grep "^request id: [0-9a-f-]*\$" out &&
	test_grep "\"clusterName\":\"demo\",\"status\":\"ACTIVE\"" out
'

test_expect_success 'an answer in XML is JSON for us' '
	printf "Action=GetCallerIdentity&Version=2011-06-15" >form &&
	test-tool aws-call --service sts --op GetCallerIdentity <form >out &&
	test_grep "\"Account\":\"123456789012\"" out
'

test_expect_success 'a refusal is told in AWS'"$SQ"'s words and not tried again' '
	fault "{\"type\": \"error\", \"code\": \"ClusterNotFoundException\", \"status\": 400, \"message\": \"Cluster not found.\"}" &&
	test_expect_code 1 call &&
	outcome refused 1 &&
	test_grep "^code: ClusterNotFoundException" out &&
	test_grep "ECS DescribeClusters in us-east-1: ClusterNotFoundException: Cluster not found." err
'

test_expect_success 'control characters in a message are defused' '
	fault "{\"type\": \"error\", \"code\": \"ClientException\", \"status\": 400, \"message\": \"a\\u001b[2Jb\"}" &&
	test_expect_code 1 call &&
	test_grep "a.x1b.2Jb" err
'

test_expect_success 'a call that is not allowed says what to allow' '
	sandbox_ctl faults - &&
	sandbox_ctl keys "{\"AKIDPOOR\": {\"secret\": \"poor\", \"user\": \"poor\", \"allow\": [\"sts:*\"]}}" &&
	test_expect_code 1 env AWS_ACCESS_KEY_ID=AKIDPOOR AWS_SECRET_ACCESS_KEY=poor \
		test-tool aws-call --service ecs --op DescribeClusters <body 2>err &&
	test_grep "AccessDeniedException: User: arn:aws:iam::123456789012:user/poor is not authorized" err &&
	test_grep "^hint: allow .ecs:DescribeClusters. on .*in a policy of .arn:aws:iam::123456789012:user/poor." err
'

test_expect_success 'a key that AWS does not know is named by its source' '
	test_expect_code 1 env AWS_ACCESS_KEY_ID=AKIDNOBODY \
		test-tool aws-call --service ecs --op DescribeClusters <body 2>err &&
	test_grep "UnrecognizedClientException" err &&
	test_grep "hint: the credentials come from the environment" err &&
	test_must_fail env AWS_SECRET_ACCESS_KEY=wrong \
		test-tool aws-call --service ecs --op DescribeClusters <body 2>err &&
	test_grep "InvalidSignatureException" err
'

test_expect_success 'throttling passes' '
	fault "{\"type\": \"throttle\"}" "\"times\": 5" &&
	call &&
	outcome ok 6 &&
	seen 6
'

test_expect_success 'throttling that does not pass ends' '
	fault "{\"type\": \"throttle\"}" &&
	test_expect_code 1 call &&
	outcome refused 10 &&
	test_grep "^code: ThrottlingException" out &&
	test_grep "hint: tried 10 times" err
'

test_expect_success 'AWS_MAX_ATTEMPTS is obeyed' '
	fault "{\"type\": \"throttle\"}" &&
	test_expect_code 1 env AWS_MAX_ATTEMPTS=2 test-tool aws-call --service ecs \
		--op DescribeClusters --verbose --no-delay <body >out 2>err &&
	outcome refused 2
'

test_expect_success 'a bad gateway passes, one that stays is told with its status' '
	fault "{\"type\": \"unavailable\"}" "\"times\": 2" &&
	call &&
	outcome ok 3 &&
	fault "{\"type\": \"unavailable\"}" &&
	test_expect_code 1 call &&
	outcome unknown 4 &&
	test_grep "HTTP status 503" err
'

for type in reset close reset-after close-after
do
	test_expect_success "a connection that breaks ($type) is made again" '
		fault "{\"type\": \"$type\"}" "\"times\": 2" &&
		call &&
		outcome ok 3
	'
done

test_expect_success 'a connection that breaks again and again is told' '
	fault "{\"type\": \"reset\"}" &&
	test_expect_code 1 call &&
	outcome unknown 4 &&
	test_grep "the connection to .http://127.0.0.1:[0-9]*. broke: " err &&
	test_grep "hint: the address comes from AWS_ENDPOINT_URL" err
'

for type in reset-after close-after
do
	test_expect_success "what must not be done twice is not sent again after $type" '
		fault "{\"type\": \"$type\"}" "\"times\": 1" &&
		test_expect_code 1 call --look-first &&
		outcome unknown 1 &&
		seen 1
	'

	test_expect_success "nor by curl on a kept connection after $type" '
		fault "{\"type\": \"$type\"}" "\"skip\": 1, \"times\": 1" &&
		test_expect_code 1 call --look-first --times 2 &&
		test_grep "^outcome: unknown" out &&
		seen 2
	'
done

test_expect_success 'what must not be done twice is sent again when it surely was not done' '
	fault "{\"type\": \"throttle\"}" "\"times\": 2" &&
	call --look-first &&
	outcome ok 3
'

for action in "\"truncate\", \"bytes\": 30" \
	"\"raw\", \"status\": 200, \"body\": \"{no json\"" \
	"\"raw\", \"status\": 200, \"body\": \"<html>\"" \
	"\"raw\", \"status\": 200, \"body\": \"{} {}\""
do
	test_expect_success "an answer that makes no sense is asked for again: $action" '
		fault "{\"type\": $action}" "\"times\": 1" &&
		call &&
		outcome ok 2 &&
		fault "{\"type\": $action}" "\"times\": 1" &&
		test_expect_code 1 call --look-first &&
		outcome unknown 1
	'
done

# endless <where>: a server whose answers never end; its URL in $url
endless () {
	rm -f port
	python3 "$TEST_DIRECTORY/data/aws/endless.py" "$1" >port 3>&- 4>&- 5>&- &
	endless=$!
	for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
	do
		test ! -s port || break
		sleep 0.2
	done
	url=http://127.0.0.1:$(cat port)
}

test_expect_success 'nothing is sent that was not asked for' '
	endless echo &&
	test_when_finished "kill $endless" &&
	AWS_ENDPOINT_URL="$url/a//b/../c" AWS_ACCESS_KEY_ID=AKID \
		test-tool aws-call --service ecs --op DescribeClusters <body >out &&
	sed -e "s/^{\"sent\":\"//" -e "s/\"}\$//" -e "s/\\\\r\\\\n/\\
/g" out >sent &&
	sed -e "s/:$(cat port)/:PORT/" -e "s/\(Signature=\|id: \|Date: \|Credential=[A-Z]*.\)[0-9A-Za-z-]*/\1X/g" sent >actual &&
	cat >expect <<-\EOF &&
	POST /a//b/../c/ HTTP/1.1
	Host: 127.0.0.1:PORT
	User-Agent: git-gitops/0.1.0
	Content-Type: application/x-amz-json-1.1
	X-Amz-Target: AmazonEC2ContainerServiceV20141113.DescribeClusters
	amz-sdk-invocation-id: X
	amz-sdk-request: attempt=1
	X-Amz-Date: X
	Authorization: AWS4-HMAC-SHA256 Credential=AKID/X/us-east-1/ecs/aws4_request, SignedHeaders=amz-sdk-invocation-id;amz-sdk-request;content-type;host;x-amz-date;x-amz-target, Signature=X
	Content-Length: 23
	EOF
	test_cmp expect actual
'

for where in body headers
do
	test_expect_success "an answer without end is cut off: $where" '
		endless $where &&
		test_when_finished "kill $endless" &&
		test_expect_code 1 env AWS_ENDPOINT_URL="$url" \
			test-tool aws-call --service ecs --op DescribeClusters --verbose <body >out 2>err &&
		outcome unknown 1 &&
		test_grep "the answer is too large" err
	'
done

test_expect_success 'a redirect is not followed' '
	fault "{\"type\": \"raw\", \"status\": 307, \"headers\": {\"Location\": \"$SANDBOX_URL/elsewhere\"}, \"body\": \"\"}" &&
	test_expect_code 1 call &&
	test_grep "HTTP status 307" err &&
	seen 1
'

test_expect_success 'who never answers is asked again, then given up' '
	fault "{\"type\": \"hang\", \"seconds\": 5}" "\"times\": 1" &&
	call --timeout 400 &&
	outcome ok 2 &&
	fault "{\"type\": \"hang\", \"seconds\": 5}" &&
	test_expect_code 1 call --timeout 200 &&
	outcome unknown 4 &&
	test_grep "no answer from " err
'

test_expect_success 'a slow answer is an answer' '
	fault "{\"type\": \"drip\", \"per_byte\": 0.001}" "\"times\": 1" &&
	call &&
	outcome ok 1
'

test_expect_success 'where nobody listens, nothing was done' '
	test_expect_code 1 env AWS_ENDPOINT_URL_ECS=http://127.0.0.1:1 \
		test-tool aws-call --service ecs --op DescribeClusters --no-delay --verbose \
		<body >out 2>err &&
	outcome "not done" 4 &&
	test_grep "cannot reach .http://127.0.0.1:1." err &&
	test_grep "hint: the address comes from AWS_ENDPOINT_URL_ECS" err
'

test_expect_success 'a clock that is wrong is corrected from the answer' '
	sandbox_ctl faults - &&
	sandbox_ctl config "{\"skew\": 3600}" &&
	test_when_finished "sandbox_ctl config \"{\\\"skew\\\": 0}\"" &&
	sandbox_ctl calls - &&
	call --times 3 &&
	test_grep "^attempts: 2" out &&
	seen 4 &&
	sandbox_ctl config "{\"skew\": -3600}" &&
	call &&
	outcome ok 2
'

test_expect_success 'credentials that end mid-way are renewed, once' '
	sandbox_ctl faults - &&
	sandbox_ctl roles "{\"deployer\": {\"trust\": [\"arn:aws:iam::*:user/*\"]}}" &&
	sandbox_ctl calls - &&
	sandbox_ctl faults "{\"match\": {\"service\": \"ecs\"}, \"skip\": 1, \"times\": 1, \"action\": {\"type\": \"expired\"}}" &&
	call --role arn:aws:iam::123456789012:role/deployer --times 3 &&
	sandbox_calls >calls &&
	cat >expect <<-\EOF &&
	sts.AssumeRole 200
	ecs.DescribeClusters 200
	ecs.DescribeClusters 400 ExpiredTokenException
	sts.AssumeRole 200
	ecs.DescribeClusters 200
	ecs.DescribeClusters 200
	EOF
	test_cmp expect calls
'

test_expect_success 'credentials that stay refused are told' '
	fault "{\"type\": \"expired\"}" &&
	test_expect_code 1 call --role arn:aws:iam::123456789012:role/deployer &&
	outcome refused 2 &&
	test_grep "ExpiredTokenException" err
'

test_expect_success 'a role that may not be assumed says so' '
	sandbox_ctl faults - &&
	test_expect_code 1 call --role arn:aws:iam::123456789012:role/absent &&
	outcome "not done" 0 &&
	test_grep "cannot get credentials from role .arn:aws:iam::123456789012:role/absent.: STS AssumeRole" err &&
	test_grep "hint: allow .sts:AssumeRole. on .arn:aws:iam::123456789012:role/absent." err
'

test_expect_success 'no region, no credentials: what to set' '
	test_expect_code 128 env -u AWS_REGION test-tool aws-call --service ecs --op X <body 2>err &&
	test_grep "fatal: no AWS region is set" err &&
	test_grep "hint: set AWS_REGION" err &&
	test_expect_code 128 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY \
		test-tool aws-call --service ecs --op X <body 2>err &&
	test_grep "fatal: no AWS credentials found" err &&
	test_grep "hint: looked at AWS_ACCESS_KEY_ID, profile .default. in" err
'

# s3 <verb> <path> [<option>...]
s3 () {
	verb=$1 path=$2 &&
	shift 2 &&
	test-tool aws-call --service s3 --op "$verb" --method "$verb" --path "$path" "$@"
}

test_expect_success 'S3: paths are signed as they are, answers may be empty or no XML' '
	sandbox_ctl faults - &&
	s3 PUT /bucket </dev/null &&
	echo hello | s3 PUT "/bucket/a%20b//c/../%C3%A9%2F%2B" --verbose >out &&
	outcome ok 1 &&
	s3 GET "/bucket/a%20b//c/../%C3%A9%2F%2B" --verbose </dev/null >out &&
	outcome ok 1 &&
	s3 GET /bucket </dev/null >out &&
	test_grep "a b//c" out &&
	test_expect_code 1 s3 GET /bucket/absent </dev/null 2>err &&
	test_grep "S3 GET in us-east-1: NoSuchKey: " err
'

test_expect_success 'every request was one that AWS would understand' '
	sandbox_no_invalid_calls
'

test_expect_success 'setup: the sandbox with TLS' '
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem \
		-out cert.pem -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 &&
	sandbox_start --tls "$PWD/cert.pem" "$PWD/key.pem"
'

test_expect_success 'a certificate that nobody vouches for is not trusted' '
	test_expect_code 1 call &&
	outcome "not done" 1 &&
	test_grep "cannot trust .https://127.0.0.1" err &&
	test_grep "hint: AWS_CA_BUNDLE names" err
'

test_expect_success 'AWS_CA_BUNDLE vouches for one' '
	AWS_CA_BUNDLE=$PWD/cert.pem &&
	export AWS_CA_BUNDLE &&
	test_when_finished "unset AWS_CA_BUNDLE" &&
	call --times 2 &&
	outcome ok 1
'

test_done
