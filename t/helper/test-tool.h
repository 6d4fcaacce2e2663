#ifndef TEST_TOOL_H
#define TEST_TOOL_H

/*
 * Internals for tests, in the manner of git's test-tool. To add `test-tool
 * foo`: write t/helper/test-foo.c with tool_foo(), declare it here, add its
 * line to the table in test-tool.c.
 */
#include "base/base.h"
#include "base/error.h"
#include "ui/options.h"
#include "ui/report.h"

typedef int tool_fn(int argc, const char **argv);

tool_fn tool_aws_call;
tool_fn tool_aws_endpoint;
tool_fn tool_deploy;
tool_fn tool_aws_storm;
tool_fn tool_code;
tool_fn tool_crash;
tool_fn tool_failures;
tool_fn tool_json;
tool_fn tool_notes;
tool_fn tool_claims;
tool_fn tool_ref_index;
tool_fn tool_repo;
tool_fn tool_rules;
tool_fn tool_schema;
tool_fn tool_sigv4;
tool_fn tool_worker;
tool_fn tool_spool;
tool_fn tool_state;
tool_fn tool_template_batch;
tool_fn tool_template_bench;

#endif
