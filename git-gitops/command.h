#ifndef COMMAND_H
#define COMMAND_H

/*
 * What every command includes first.
 *
 * To add the command `foo`:
 *  - write git-gitops/foo.c with cmd_foo(): parse options, call lib, print;
 *  - declare it here and add its line to the table in main.c;
 *  - write Documentation/git-gitops-foo.adoc (a test compares it with -h);
 *  - write a test, t/tNNNN-foo.sh; t/README says which number.
 */
#include "base/base.h"
#include "base/error.h"
#include "ui/options.h"
#include "ui/report.h"

#ifndef GITOPS_VERSION
#define GITOPS_VERSION "0.1.0"
#endif

struct context {
	const char *program; /* absolute path of this executable */
};

/* Exit status: 0 fine, 1 findings or a failed deployment, 128 fatal, 129 usage. */
typedef int command_fn(int argc, const char **argv, struct context *ctx);

command_fn cmd_approve;
command_fn cmd_cancel;
command_fn cmd_capacity;
command_fn cmd_check;
command_fn cmd_doctor;
command_fn cmd_explain;
command_fn cmd_help;
command_fn cmd_plan;
command_fn cmd_init;
command_fn cmd_render;
command_fn cmd_log;
command_fn cmd_show;
command_fn cmd_status;
command_fn cmd_watch;
command_fn cmd_version;
command_fn cmd_deploy;
command_fn cmd_hold;
command_fn cmd_pause;
command_fn cmd_resume;
command_fn cmd_rollback;
command_fn cmd_unhold;
command_fn cmd_worker;

#endif
