#!/bin/sh

test_description='the schema tables agree with botocore, shape by shape'

. ./test-lib.sh

documents=${GITOPS_SCHEMA_DOCUMENTS:-10000}
seed=${GITOPS_SCHEMA_SEED:-1}
python=$GITOPS_VENV/bin/python

test_expect_success 'the tables are made from the botocore that is pinned' '
	"$python" "$GITOPS_SOURCE/lib/schema/generate.py" --check
'

echo "# $documents documents, GITOPS_SCHEMA_SEED=$seed"
test_expect_success 'valid documents pass, those with one fault have one finding' '
	"$python" "$TEST_DIRECTORY/helper/schema-documents.py" "$documents" "$seed" >documents &&
	test_line_count = "$documents" documents &&
	cut -f1,2 documents >input &&
	cut -f3 documents >expect &&
	test-tool schema <input >actual &&
	paste actual documents | awk -F"$TAB" "\$1 != \$4" >differences &&
	test_must_be_empty differences &&
	grep -q ok expect &&
	grep -q bad expect
'

test_done
