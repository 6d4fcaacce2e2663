#ifndef WORKER_SHOW_H
#define WORKER_SHOW_H

#include "aws/loop.h"
#include "ui/progress.h"

/*
 * What a worker does, on the terminal that it runs in: a line for each
 * deployment on a board, what the worker has to say above. Where there is no
 * terminal, only that is printed, to stderr.
 */
struct worker_show {
	struct aws_loop *loop; /* NULL until there is one; then the board is drawn */
	struct progress progress;
	struct loop_timer timer;
};

/* `color_ui` is the value of the configuration color.ui, or NULL. */
void worker_show_open(struct worker_show *show, const struct progress_options *options,
		      const char *color_ui);
/* Before the loop is freed. */
void worker_show_close(struct worker_show *show);
/* What the worker has to say; printable, and ends with a newline. */
void worker_show_log(struct worker_show *show, const char *line, size_t len);
/* A line of a job's journal. */
void worker_show_line(struct worker_show *show, const char *job, const char *line, size_t len);
/* The job has left. */
void worker_show_left(struct worker_show *show, const char *job);

#endif
