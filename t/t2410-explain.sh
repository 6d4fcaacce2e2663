#!/bin/sh

test_description='explain tells what a rule is about, doctor what is known'

. ./test-lib.sh

test_expect_success 'a rule has a meaning, an example and what to do' '
	git gitops explain lb-port >actual &&
	cat >expect <<-EOF &&
	lb-port (error)

	    The port behind a load balancer is one of the container

	    ECS refuses the service: the container has no port mapping with that
	    containerPort.

	  example:
	    "containerPort": 8080 where the container maps port 80

	  what to do:
	    Correct the port, or add it to "portMappings".

	  to take it otherwise:
	    git config gitops.rule.lb-port warn
	EOF
	test_cmp expect actual
'

test_expect_success 'a rule that can not be chosen says so' '
	git gitops explain json-syntax >actual &&
	head -n 1 actual >first &&
	echo "json-syntax (error, always)" >expect &&
	test_cmp expect first &&
	test_must_fail grep "git config" actual
'

test_expect_success 'all rules are listed' '
	test-tool rules | sed -n "s/^=== //p" >expect &&
	git gitops explain >list &&
	sed "s/ .*//" list >actual &&
	test_cmp expect actual &&
	test_grep "^image-tag  *warning  *An image has a tag or a digest\$" list
'

test_expect_success 'text is told as JSON, too' '
	git gitops explain --format=json >all &&
	perl -MJSON::PP -0777 -ne "print map { qq(\$_->{id}\n) } @{decode_json(\$_)}" all >actual &&
	test_cmp expect actual &&
	git gitops explain --format=json image-tag json-depth >two &&
	perl -MJSON::PP -0777 -ne "
		print map { join(q( ), \$_->{id}, \$_->{severity}, \$_->{fixed} ? 1 : 0), qq(\n) }
			@{decode_json(\$_)}" two >actual &&
	printf "%s\n" "image-tag warning 0" "json-depth error 1" >expect &&
	test_cmp expect actual
'

test_expect_success 'an unknown rule is refused, with the one that is near' '
	test_expect_code 128 git gitops explain lb-prot >out 2>err &&
	test_must_be_empty out &&
	cat >expect <<-EOF &&
	fatal: there is no rule ${SQ}lb-prot${SQ}
	hint: did you mean ${SQ}lb-port${SQ}?
	EOF
	test_cmp expect err
'

test_expect_success 'doctor tells what the tables were made from' '
	git gitops doctor --schema >actual &&
	version=$(sed -n "s/^botocore==//p" "$GITOPS_SOURCE/share/sandbox/requirements.txt") &&
	head -n 2 actual >first &&
	sed "1s/ of 2[0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]\$//" first >undated &&
	test_must_fail cmp -s first undated &&
	printf "%s\n" "made from botocore $version" "    ecs:CreateService" >expect &&
	test_cmp expect undated &&
	git gitops doctor --schema --format=json >json &&
	perl -MJSON::PP -0777 -ne "
		\$d = decode_json(\$_); print qq(made from \$d->{source} of \$d->{released}\n    \$d->{inputs}[0]\n)" json >actual &&
	test_cmp first actual
'

test_done
