#!/bin/sh

test_description='requests are signed as AWS (Signature Version 4) says'

. ./test-lib.sh

vectors=$TEST_DIRECTORY/data/sigv4

# sign <option>...: as the published vectors are signed
sign () {
	test-tool sigv4 --access-key AKIDEXAMPLE \
		--secret-key wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY \
		--region us-east-1 --service service --time 20150830T123600Z "$@"
}

# canonical_path <path> <option>...
canonical_path () {
	printf "GET %s HTTP/1.1\nHost:h\n\n" "$1" >request &&
	shift &&
	sign "$@" <request >out &&
	sed -n 2p out
}

canonical_query () {
	printf "GET /?%s HTTP/1.1\nHost:h\n\n" "$1" >request &&
	sign <request >out &&
	sed -n 3p out
}

test_expect_success 'the three steps of a request without anything special' '
	cat >expect <<-\EOF &&
	GET
	/

	host:example.amazonaws.com
	x-amz-date:20150830T123600Z

	host;x-amz-date
	e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
	---
	AWS4-HMAC-SHA256
	20150830T123600Z
	20150830/us-east-1/service/aws4_request
	bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63
	---
	AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31
	EOF
	sign <"$vectors/get-vanilla.request" >actual &&
	test_cmp expect actual
'

for request in "$vectors"/*.request
do
	name=${request##*/}
	name=${name%.request}
	test_expect_success "published signature: $name" '
		sign <"$request" >out &&
		sed -n "\$s/.*Signature=//p" out >actual &&
		test_cmp "$vectors/$name.signature" actual
	'
done

test_expect_success 'line ends may be CRLF, the body stays as it is' '
	sed "s/\$/$(printf "\r")/" "$vectors/get-header-value-multiline.request" >request &&
	sign <request >out &&
	sed -n "\$s/.*Signature=//p" out >actual &&
	test_cmp "$vectors/get-header-value-multiline.signature" actual &&
	printf "POST / HTTP/1.1\r\nHost:h\r\n\r\na\r\nb" >request &&
	sign <request >out &&
	printf "a\r\nb" | sha256sum | sed "s/ .*//" >expect &&
	sed -n 8p out >actual &&
	test_cmp expect actual
'

test_expect_success 'X-Amz-Date is added where the request lacks it' '
	grep -v X-Amz-Date "$vectors/get-vanilla.request" >request &&
	sign <request >actual &&
	sign <"$vectors/get-vanilla.request" >expect &&
	test_cmp expect actual
'

test_expect_success 'a session token is sent and signed' '
	sign --token TOKEN <"$vectors/get-vanilla.request" >out &&
	test_grep "^x-amz-security-token:TOKEN\$" out &&
	test_grep "SignedHeaders=host;x-amz-date;x-amz-security-token," out
'

test_expect_success 'a path is encoded once more, but not for S3' '
	test "$(canonical_path "/a%2520b/%24default")" = "/a%252520b/%2524default" &&
	test "$(canonical_path "/a%2520b/%24default" --service s3)" = "/a%2520b/%24default"
'

test_expect_success 'dot segments and double slashes are folded, but not for S3' '
	test "$(canonical_path "/a/./b//../c/")" = "/a/c/" &&
	test "$(canonical_path "/../a")" = "/a" &&
	test "$(canonical_path "/a/..")" = "/" &&
	test "$(canonical_path "/a/./b//../c/" --service s3)" = "/a/./b//../c/" &&
	test "$(canonical_path "//a/../b" --no-normalize)" = "//a/../b"
'

test_expect_success 'a query is sorted by encoded name, then by value' '
	test "$(canonical_query "b=2&a=2&a=1&A=3")" = "A=3&a=1&a=2&b=2" &&
	test "$(canonical_query "Param-3=Value3&Param=Value2&%E1%88%B4=Value1")" = \
		"%E1%88%B4=Value1&Param=Value2&Param-3=Value3" &&
	test "$(canonical_query "k&j=&=v")" = "=v&j=&k="
'

test_expect_success 'a query is not encoded twice, and a plus is no blank' '
	test "$(canonical_query "a=%20%2f&b=x y&c=1+1&d=%zz")" = "a=%20%2F&b=x%20y&c=1%2B1&d=%25zz"
'

test_expect_success 'what proxies may change is not signed' '
	cat >request <<-\EOF &&
	GET / HTTP/1.1
	Host: h
	User-Agent: a
	Connection: close
	Expect: 100-continue
	X-Amzn-Trace-Id: b
	Authorization: c
	Transfer-Encoding: chunked

	EOF
	sign <request >out &&
	test_grep "SignedHeaders=host;x-amz-date," out
'

test_expect_success 'what is no request is refused' '
	test_expect_code 128 sign </dev/null &&
	printf "GET / HTTP/1.1\n folded: x\n\n" >request &&
	test_expect_code 128 sign <request &&
	printf "GET / HTTP/1.1\nno colon\n\n" >request &&
	test_expect_code 128 sign <request &&
	test_expect_code 129 sign --time yesterday <"$vectors/get-vanilla.request"
'

test_expect_success 'random requests are signed as botocore does' '
	"$GITOPS_VENV/bin/python" "$vectors/differential.py" 1 150
'

test_done
