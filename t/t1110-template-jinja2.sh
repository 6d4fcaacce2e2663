#!/bin/sh

test_description='templates come out as with the real jinja2'

. ./test-lib.sh

PYTHON=${GITOPS_VENV:-$GITOPS_SOURCE/build/venv}/bin/python
export PYTHONDONTWRITEBYTECODE=1

# diff_jinja2 <args of template-diff.py>: of its report, the end at least
diff_jinja2 () {
	"$PYTHON" "$GITOPS_SOURCE/t/helper/template-diff.py" "$GITOPS_BUILD/bin/test-tool" "$@" >report
	status=$?
	cat report
	return $status
}

for file in "$GITOPS_SOURCE"/t/data/template/*.test
do
	name=${file##*/}
	export file
	test_expect_success "the corpus: ${name%.test}" '
		diff_jinja2 corpus "$file"
	'
done

test_expect_success 'the corpus has a thousand cases and more' '
	diff_jinja2 corpus "$GITOPS_SOURCE"/t/data/template/*.test &&
	test "$(sed -n "\$s/ cases.*//p" report)" -ge 1000
'

test_expect_success 'random templates, always the same' '
	diff_jinja2 random 1500 1
'

test_expect_success 'the examples of gitops-templates(5) come out as the page says, on both sides' '
	"$PYTHON" "$GITOPS_SOURCE/t/helper/template-examples.py" "$GITOPS_BUILD/bin/test-tool" \
		"$GITOPS_SOURCE/Documentation/gitops-templates.adoc"
'

# A check that lands changes must not depend on the day: further seeds are asked for.
if test -n "${GITOPS_TEST_SEED-}"
then
	seed=$GITOPS_TEST_SEED
	export seed
	test_expect_success "random templates: GITOPS_TEST_SEED=$seed" '
		diff_jinja2 random "${GITOPS_TEST_CASES:-1500}" "$seed"
	'
fi

test_done
