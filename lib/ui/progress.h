#ifndef UI_PROGRESS_H
#define UI_PROGRESS_H

#include "base/base.h"
#include "ui/options.h"
#include "ui/table.h"

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
struct board;

struct progress {
	FILE *out;
	const char *prefix; /* before each line: "gitops: " */
	size_t failed;	    /* service objects that failed so far */
	bool quiet;	    /* only what failed */
	bool colour;
	/*
	 * What goes on is told by a line for each object that is written over,
	 * and only what stays true is told by lines like those above. NULL:
	 * all of it is. Shared by the jobs that are shown together.
	 */
	struct board *board;
	const char *job; /* tells it from others on the same board; or NULL */
	bool several;	 /* there are others: name the branch where it matters */
	char *what;	 /* "main at 1a2b3c4", from the first line on */
};

/* What the user wants of it: PROGRESS_OPTIONS in the table of a command's options. */
struct progress_options {
	int progress; /* -1: as the terminal is */
	int quiet;
};
#define PROGRESS_OPTIONS_INIT  \
	{                      \
		.progress = -1 \
	}
#define OPT_PROGRESS(v)                         \
	OPT_BOOL(0, "progress", &(v)->progress, \
		 "write over a line for each object (else: on a terminal)")
#define PROGRESS_OPTIONS(v) \
	OPT_BOOL('q', "quiet", &(v)->quiet, "only tell what failed"), OPT_PROGRESS(v)

/*
 * Begin to show on `out`, on a board where screen_open() gives one. `color_ui`
 * is the value of the configuration color.ui, or NULL.
 */
void progress_open(struct progress *progress, FILE *out, const struct progress_options *options,
		   const char *color_ui);
/* Another job on the same board; close it before `with`. */
void progress_open_beside(struct progress *progress, const struct progress *with, const char *job);
/* The board goes, its lines with it, but for one that is another's. */
void progress_close(struct progress *progress);

/* Add printable text with a look, where `progress` has colour. */
void progress_add_coloured(const struct progress *progress, struct strbuf *out,
			   enum table_look look, const char *text);

/* Print what one line of the journal says, if anything. Negative when `out` took it not. */
int progress_line(struct progress *progress, const char *line, size_t len) MUST_CHECK;
/* Print whole lines, above the board where there is one. */
int progress_print(struct progress *progress, const char *text, size_t len) MUST_CHECK;
/*
 * Draw what has changed, time included. Returns in how many ms to call it
 * again, INT_MAX where there is nothing to draw; negative as above.
 */
int progress_tick(struct progress *progress) MUST_CHECK;

/*
 * From now on Ctrl-C ends the showing only, and says on stderr that what the
 * server or a worker has taken goes on. The process ends by the signal, as it
 * would have anyway. Where SIGINT is ignored (nohup) it stays so.
 */
void progress_say_when_interrupted(void);

#endif
