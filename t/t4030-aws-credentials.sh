#!/bin/sh

test_description='credentials come from where users keep them, and are renewed'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# arn <option>...: who AWS says we are
arn () {
	test-tool aws-call --service sts --op GetCallerIdentity "$@" <form >identity &&
	sed "s/.*\"Arn\":\"\([^\"]*\)\".*/\1/" identity
}

is () {
	wanted=$1 &&
	shift &&
	arn "$@" >actual &&
	echo "$wanted" >expect &&
	test_cmp expect actual
}

# A token as identity providers make them; nobody verifies it here.
jwt=$(printf "%s" "{\"alg\":\"none\"}" | base64 | tr -d "=\n" | tr "/+" "_-").$(
	printf "%s" "{\"iss\":\"https://idp.example\",\"sub\":\"me\",\"aud\":\"sts\",\"exp\":4102444800}" |
		base64 | tr -d "=\n" | tr "/+" "_-").c2ln

fails () {
	test_expect_code 1 test-tool aws-call --service sts --op GetCallerIdentity "$@" \
		<form >out 2>err
}

# give <<\\EOF: what the credential_process does
give () {
	{
		echo "#!/bin/sh" &&
		cat
	} >"give keys" &&
	chmod +x "give keys"
}

test_expect_success 'setup: a sandbox, and nothing in the environment' '
	sandbox_start &&
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY &&
	AWS_CONFIG_FILE=$HOME/.aws/config &&
	AWS_SHARED_CREDENTIALS_FILE=$HOME/.aws/credentials &&
	printf "Action=GetCallerIdentity&Version=2011-06-15" >form &&
	sandbox_ctl keys "{\"AKIDALICE\": {\"secret\": \"alice\", \"user\": \"alice\"},
		\"AKIDBOB\": {\"secret\": \"bob\", \"user\": \"bob\", \"token\": \"bobs-token\"}}" &&
	sandbox_ctl roles "{\"first\": {\"trust\": [\"arn:aws:iam::*:user/alice\"]},
		\"second\": {\"trust\": [\"arn:aws:sts::*:assumed-role/first/*\", \"arn:aws:iam::*:role/first\"], \"external_id\": \"e-1\"},
		\"web\": {\"trust\": [\"*\"]}}" &&
	mkdir -p "$HOME/.aws" &&
	cat >"$HOME/.aws/credentials" <<-\EOF &&
	[default]
	aws_access_key_id = AKIDALICE
	aws_secret_access_key = alice
	[bob]
	aws_access_key_id = AKIDBOB
	aws_secret_access_key = bob
	aws_session_token = bobs-token
	EOF
	cat >"$HOME/.aws/config" <<-EOF
	[profile first]
	role_arn = arn:aws:iam::123456789012:role/first
	source_profile = default
	role_session_name = me
	[profile second]
	role_arn = arn:aws:iam::123456789012:role/second
	source_profile = first
	external_id = e-1
	[profile second-without-id]
	role_arn = arn:aws:iam::123456789012:role/second
	source_profile = first
	[profile web]
	role_arn = arn:aws:iam::123456789012:role/web
	web_identity_token_file = $PWD/token
	[profile sso]
	sso_session = corp
	sso_account_id = 123456789012
	sso_role_name = engineer
	[sso-session corp]
	sso_start_url = https://corp.example/start
	sso_region = eu-west-1
	[profile process]
	credential_process = "$PWD/give keys" --for "one user"
	[profile container]
	role_arn = arn:aws:iam::123456789012:role/web
	credential_source = EcsContainer
	EOF
'

test_expect_success 'a profile, by AWS_PROFILE or by our configuration' '
	is arn:aws:iam::123456789012:user/alice &&
	AWS_PROFILE=bob is arn:aws:iam::123456789012:user/bob &&
	is arn:aws:iam::123456789012:user/bob --profile bob
'

test_expect_success 'the environment wins over AWS_PROFILE, not over our configuration' '
	AWS_ACCESS_KEY_ID=AKIDBOB AWS_SECRET_ACCESS_KEY=bob AWS_SESSION_TOKEN=bobs-token \
		AWS_PROFILE=first is arn:aws:iam::123456789012:user/bob &&
	AWS_ACCESS_KEY_ID=AKIDBOB AWS_SECRET_ACCESS_KEY=bob AWS_SESSION_TOKEN=bobs-token \
		is arn:aws:iam::123456789012:user/alice --profile default
'

test_expect_success 'a role, and a role by way of another' '
	is arn:aws:sts::123456789012:assumed-role/first/me --profile first &&
	is arn:aws:sts::123456789012:assumed-role/second/git-gitops --profile second &&
	fails --profile second-without-id &&
	test_grep "cannot get credentials from role .arn:aws:iam::123456789012:role/second. of profile" err
'

test_expect_success 'a role is assumed once for many calls' '
	sandbox_ctl calls - &&
	arn --profile first --times 4 &&
	sandbox_calls op=AssumeRole >calls &&
	test_line_count = 1 calls
'

test_expect_success 'web identity: the token is read anew at each renewal' '
	echo "$jwt" >token &&
	is arn:aws:sts::123456789012:assumed-role/web/git-gitops --profile web &&
	AWS_WEB_IDENTITY_TOKEN_FILE=$PWD/token AWS_ROLE_ARN=arn:aws:iam::123456789012:role/web \
		AWS_ROLE_SESSION_NAME=pod AWS_SHARED_CREDENTIALS_FILE=/dev/null \
		is arn:aws:sts::123456789012:assumed-role/web/pod &&
	rm token &&
	fails --profile web &&
	test_grep "cannot open .*/token.: No such file" err
'

test_expect_success 'SSO: the login that the AWS CLI made is used' '
	cache=$HOME/.aws/sso/cache/$(printf corp | sha1sum | sed "s/ .*//").json &&
	mkdir -p "${cache%/*}" &&
	fails --profile sso &&
	test_grep "there is no login in" err &&
	test_grep "hint: run .aws sso login." err &&
	echo "{\"accessToken\": \"sso-token\", \"expiresAt\": \"2020-01-01T00:00:00Z\"}" >"$cache" &&
	fails --profile sso &&
	test_grep "the login has expired" err &&
	echo "{\"accessToken\": \"sso-token\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}" >"$cache" &&
	arn --profile sso >actual &&
	test_grep "assumed-role/engineer/" actual &&
	echo "{\"accessToken\": \"other\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}" >"$cache" &&
	fails --profile sso &&
	test_grep "HTTP status 401" err
'

test_expect_success 'credential_process is run without a shell' '
	give <<-\EOF &&
	printf "%s|" "$@" >args
	echo warning: soon to expire >&2
	echo "{\"Version\": 1, \"AccessKeyId\": \"AKIDBOB\", \"SecretAccessKey\": \"bob\", \"SessionToken\": \"bobs-token\"}"
	EOF
	is arn:aws:iam::123456789012:user/bob --profile process &&
	echo "--for|one user|" | tr -d "\n" >expect &&
	test_cmp expect args
'

test_expect_success 'its stderr is the user'"$SQ"'s, its failures are told' '
	arn --profile process 2>err &&
	test_grep "warning: soon to expire" err &&
	give <<-\EOF &&
	exit 3
	EOF
	fails --profile process &&
	test_grep "cannot get credentials from credential_process of profile .process.: .*give keys. ended with status 3" err &&
	give <<-\EOF &&
	echo "{\"Version\": 2}"
	EOF
	fails --profile process &&
	test_grep "Version. other than 1" err &&
	give <<-\EOF &&
	while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done
	EOF
	fails --profile process &&
	test_grep "printed too much" err &&
	rm "give keys" &&
	fails --profile process &&
	test_grep "cannot run .*give keys.: No such file" err
'

# without_files <command>...
without_files () {
	AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_CONFIG_FILE=/dev/null "$@"
}

test_expect_success 'a container has credentials, with its token' '
	AWS_CONTAINER_CREDENTIALS_FULL_URI=$SANDBOX_URL/credentials/container &&
	export AWS_CONTAINER_CREDENTIALS_FULL_URI &&
	test_when_finished "unset AWS_CONTAINER_CREDENTIALS_FULL_URI" &&
	without_files arn >actual &&
	test_grep "assumed-role/sandbox-container/" actual &&
	sandbox_ctl config "{\"container_token\": \"Bearer t\"}" &&
	test_must_fail without_files arn 2>err &&
	test_grep "cannot get credentials from the container.*: HTTP status 401" err &&
	AWS_CONTAINER_AUTHORIZATION_TOKEN="Bearer t" without_files arn &&
	echo "Bearer t" >token &&
	AWS_CONTAINER_AUTHORIZATION_TOKEN=wrong AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$PWD/token \
		without_files arn &&
	AWS_CONTAINER_AUTHORIZATION_TOKEN="Bearer t" is \
		arn:aws:sts::123456789012:assumed-role/web/git-gitops --profile container &&
	printf "Bearer t\nX-Evil: 1\n" >token &&
	AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$PWD/token test_must_fail without_files arn 2>err &&
	test_grep "the authorization token has a line end in it" err
'

test_expect_success 'an instance has credentials, by the newer protocol' '
	unset AWS_EC2_METADATA_DISABLED &&
	AWS_EC2_METADATA_SERVICE_ENDPOINT=$SANDBOX_URL &&
	export AWS_EC2_METADATA_SERVICE_ENDPOINT &&
	test_when_finished "AWS_EC2_METADATA_DISABLED=true; export AWS_EC2_METADATA_DISABLED" &&
	sandbox_ctl calls - &&
	without_files arn >actual &&
	test_grep "assumed-role/sandbox-instance/" actual &&
	sandbox_calls service=imds >calls &&
	cat >expect <<-\EOF &&
	imds.GetToken 200
	imds.GetMetadata 200
	imds.GetMetadata 200
	EOF
	test_cmp expect calls &&
	AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1 test_must_fail without_files arn 2>err &&
	test_grep "no AWS credentials found" err &&
	test_grep "hint: looked at AWS_ACCESS_KEY_ID, .*; and the EC2 metadata service: " err
'

test_expect_success 'secrets are in no message' '
	cat err out >all &&
	test_grep ! -e bobs-token -e "Bearer t" -e "alice\$" all
'

test_expect_success 'every request was one that AWS would understand' '
	sandbox_no_invalid_calls
'

test_done
