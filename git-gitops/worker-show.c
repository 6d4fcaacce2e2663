#include "command.h"
#include "worker-show.h"

#include "ui/board.h"

static void on_timer(void *data)
{
	struct worker_show *show = data;
	int ms = progress_tick(&show->progress);

	/* A terminal that is gone is no reason to stop deploying. */
	if (ms >= 0)
		loop_timer_set(show->loop, &show->timer, ms);
}

static void draw_soon(struct worker_show *show)
{
	if (show->progress.board && show->loop)
		loop_timer_set(show->loop, &show->timer, 0);
}

void worker_show_open(struct worker_show *show, const struct progress_options *options,
		      const char *color_ui)
{
	show->progress.prefix = "";
	loop_timer_init(&show->timer, on_timer, show);
	progress_open(&show->progress, stderr, options, color_ui);
}

void worker_show_close(struct worker_show *show)
{
	loop_timer_stop(&show->timer);
	progress_close(&show->progress);
}

void worker_show_log(struct worker_show *show, const char *line, size_t len)
{
	/* Nobody is there to be told that it can't be told. */
	if (progress_print(&show->progress, line, len) < 0)
		clearerr(stderr);
}

void worker_show_line(struct worker_show *show, const char *job, const char *line, size_t len)
{
	/* That it begins is in the log. */
	if (!show->progress.board || starts_with(line, "{\"begin\":"))
		return;
	show->progress.job = job;
	if (progress_line(&show->progress, line, len) < 0)
		clearerr(stderr);
	show->progress.job = NULL;
	draw_soon(show);
}

void worker_show_left(struct worker_show *show, const char *job)
{
	if (!show->progress.board)
		return;
	board_drop(show->progress.board, job);
	draw_soon(show);
}
