#!/bin/sh

test_description='services are asked where botocore would ask them'

. ./test-lib.sh

# same_as_botocore <variable>... -- <variant>...
same_as_botocore () {
	set_=
	while test "$1" != --
	do
		set_="$set_ $1=true" && shift
	done
	shift
	"$GITOPS_VENV/bin/python" "$TEST_DIRECTORY/data/aws/endpoints.py" "$@" >all &&
	grep -v " -\$" all >expect &&
	test_line_count -ge 100 expect &&
	cut -d" " -f1,2 expect >questions &&
	env $set_ test-tool aws-endpoint <questions >answers &&
	paste -d" " questions answers >actual &&
	test_cmp expect actual
}

test_expect_success 'in every partition' '
	same_as_botocore --
'

test_expect_success 'with FIPS' '
	same_as_botocore AWS_USE_FIPS_ENDPOINT -- fips
'

test_expect_success 'with dual stack' '
	same_as_botocore AWS_USE_DUALSTACK_ENDPOINT -- dualstack
'

test_expect_success 'with both' '
	same_as_botocore AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT -- fips dualstack
'

test_done
