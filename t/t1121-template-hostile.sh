#!/bin/sh

test_description='templates that ask for too much end in an error, or the right text, with little memory'

. ./test-lib.sh

PYTHON=${GITOPS_VENV:-$GITOPS_SOURCE/build/venv}/bin/python
export PYTHONDONTWRITEBYTECODE=1

# In an address space of a fixed size: sanitizers need more than that.
# hostile: of the report, the end at least
hostile () {
	"$PYTHON" "$GITOPS_SOURCE"/t/helper/template-hostile.py "$GITOPS_SOURCE"/build/bin/git-gitops >report
	status=$?
	cat report
	return $status
}

test_expect_success 'a hundred hostile templates, in 700 MB' '
	hostile
'

test_expect_success 'they are a hundred and more' '
	test "$(sed -n "s/ templates, 0 not as they should be$//p" report)" -ge 101
'

test_done
