#include "base/base.h"
#include "base/file.h"
#include "spool/internal.h"
#include "spool/look.h"

/* Of a job with 10,000 deployments; more is not shown, but not lost either. */
#define LOOK_MAX (512u << 20)

static int look_at(struct spool *spool, enum job_place place, spool_job_fn *fn, void *data,
		   struct error *err)
{
	const char *sub = place == JOB_RUN ? "run" : "new";
	struct names names = { 0 };
	int ret = 0;
	size_t i;

	if (names_read(&names, spool, sub, err) < 0)
		return -1;
	for (i = 0; !ret && i < names.nr; i++) {
		struct strbuf text = STRBUF_INIT_MAX(SPOOL_JOB_MAX);
		struct error why = ERROR_INIT;
		struct job job = JOB_INIT;
		char id[27], *path;

		if (!job_file_name(names.v[i], id))
			continue;
		path = spool_path(spool, sub, id, ".json");
		if (!file_read(path, &text, &why) && !job_parse(&job, text.buf, text.len, &why)) {
			free(job.id);
			job.id = xstrdup(id);
			ret = fn(&job, place, data);
		}
		job_release(&job);
		error_release(&why);
		strbuf_release(&text);
		free(path);
	}
	names_release(&names);
	return ret;
}

int spool_each_job(struct spool *spool, spool_job_fn *fn, void *data, struct error *err)
{
	int ret = look_at(spool, JOB_RUN, fn, data, err);

	if (!ret)
		ret = look_at(spool, JOB_NEW, fn, data, err);
	return ret < 0 ? -1 : 0;
}

int spool_read_journal(struct spool *spool, const char *id, journal_fn *fn, void *data,
		       struct error *err)
{
	static const char *const places[] = { "run", "done", "failed" };
	struct strbuf text = STRBUF_INIT_MAX(LOOK_MAX);
	const char *line, *newline, *end;
	int ret = -1;
	size_t i;

	for (i = 0; ret < 0 && i < ARRAY_SIZE(places); i++) {
		char *path = spool_path(spool, places[i], id, ".journal");

		error_release(err);
		ret = file_read(path, &text, err);
		free(path);
		if (ret < 0 && err->kind != ERROR_NOT_FOUND)
			break;
	}
	if (ret < 0 && err->kind == ERROR_NOT_FOUND) {
		error_release(err);
		strbuf_release(&text);
		return 0;
	}
	end = text.buf + text.len;
	/* A line without its end is being written, or torn. */
	for (line = text.buf; ret >= 0 && line < end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline || fn(line, (size_t)(newline - line), data))
			break;
	}
	strbuf_release(&text);
	return ret < 0 ? -1 : 1;
}
