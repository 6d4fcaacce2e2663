#include "command.h"
#include "local.h"

#include "check/check.h"
#include "spool/follow.h"
#include "ui/findings.h"
#include "ui/progress.h"

#define IDLE_MS 15000

static int on_line(const char *line, size_t len, void *data)
{
	struct progress *progress = data;

	/* What is to be done was said before. */
	if (!progress->board && starts_with(line, "{\"plan\":"))
		return 0;
	return progress_line(progress, line, len) < 0;
}

static int on_idle(bool waiting UNUSED, void *data UNUSED)
{
	return 0;
}

static int on_tick(void *data)
{
	return progress_tick(data);
}

int local_follow(struct request *request, const struct job *job, struct repo *repo,
		 const struct progress_options *options, struct error *err)
{
	struct progress progress = { .prefix = "" };
	const struct follow_events events = { .line = on_line,
					      .idle = on_idle,
					      .tick = on_tick,
					      .data = &progress,
					      .idle_ms = IDLE_MS,
					      .hangup_fd = -1 };
	int ret;

	progress_open(&progress, stdout, options, repo_config_str(repo, "color.ui"));
	progress_say_when_interrupted();
	ret = spool_follow(request->spool, job->id, &events, err);
	progress_close(&progress);
	return ret < 0 ? -1 : ret == FOLLOW_FAILED;
}

int local_wake(struct request *request, struct error *err)
{
	int ret = request_wake(request, false, err);

	if (ret == WAKE_OFF)
		puts("no worker runs now; it waits for one");
	return ret < 0 ? -1 : 0;
}

int local_check(struct repo *repo, const struct plan *plan, struct snapshot *after,
		struct error *err)
{
	struct findings_style style =
		findings_style_for(STDOUT_FILENO, repo_config_str(repo, "color.ui"));
	struct findings findings = { .max = CHECK_MAX_FINDINGS };
	struct check_summary summary = { 0 };
	struct strbuf out = STRBUF_INIT;
	int ret = check_plan(&findings, &summary, plan, after, NULL, err);

	if (!ret && findings.nr) {
		findings_text(&out, &findings, &style);
		findings_summary(&out, &findings);
		strbuf_addch(&out, '\n');
		fwrite(out.buf, 1, out.len, stdout);
		ret = findings.errors != 0;
	}
	findings_release(&findings);
	strbuf_release(&out);
	return ret;
}
