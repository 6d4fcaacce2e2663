#ifndef UI_PROGRESS_H
#define UI_PROGRESS_H

#include "base/base.h"

/*
 * A running job for people, line by line, from its journal (lib/deploy/job.h
 * says what stands in there):
 *
 *	gitops: deploying main at 1a2b3c4: 2 service objects
 *	gitops:   deploy dev/nginx/nginx (nginx_svcdef.json added)
 *	gitops: dev/nginx/nginx: register: task definition nginx:1
 *	gitops: dev/nginx/nginx: deployed in 12 s
 *	gitops: main: done
 */
struct progress {
	FILE *out;
	const char *prefix; /* before each line: "gitops: " */
	size_t failed;	    /* service objects that failed so far */
};

/* Print what one line of the journal says, if anything. Negative when `out` took it not. */
int progress_line(struct progress *progress, const char *line, size_t len) MUST_CHECK;

/*
 * From now on Ctrl-C ends the showing only, and says on stderr that what the
 * server or a worker has taken goes on. The process ends by the signal, as it
 * would have anyway. Where SIGINT is ignored (nohup) it stays so.
 */
void progress_say_when_interrupted(void);

#endif
