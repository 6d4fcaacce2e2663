#include "test-tool.h"

#include "aws/client.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/finding.h"
#include "deploy/engine.h"
#include "deploy/internal.h"
#include "deploy/traffic.h"

#include <fcntl.h>
#include <sys/resource.h>

/*
 * Deployments without a repository: from rendered documents to records.
 * Prints events as "<step>: <message>" and how it ended. A journal that is
 * there is taken up where its last line stands, as a worker would.
 *
 * With --steps only these run: find, attach, shift of traffic.h, and back
 * after a failure (or by itself); what they found is in the journal.
 *
 * With --count the documents are used so many times, "@N@" in them replaced
 * by 1, 2, ...; only totals are printed then.
 */
static const char *const deploy_usage[] = {
	"test-tool deploy --svcdef=<file> [--taskdef=<file>] [--depdef=<file>] [<options>]\n"
	"   or: test-tool deploy --lambdadef=<file> --depdef=<file> [<options>]",
	NULL
};

struct state {
	const char *svcdef, *lambdadef, *sources, *taskdef, *depdef, *ids, *id, *journal, *job,
		*steps;
	int delete, force, quiet, stats;
	uint64_t jobs, count, die_after_saves, die_after_answers;
	uint64_t saves, answers, ended, failed, resident;
	int journal_fd;
	struct engine *engine;
	struct aws_loop *loop;
};

static int on_save(void *data, const struct record *record, struct error *err)
{
	struct state *s = data;
	struct strbuf line = STRBUF_INIT;
	int ret = 0;

	if (s->journal_fd >= 0) {
		record_write(&line, record);
		strbuf_addch(&line, '\n');
		if (write_all(s->journal_fd, line.buf, line.len) < 0)
			ret = error_errno(err, "cannot write '%s'", s->journal);
		strbuf_release(&line);
	}
	/* SIGKILL's effect without its race. */
	if (++s->saves == s->die_after_saves)
		_exit(137);
	return ret;
}

static void on_answered(void *data)
{
	struct state *s = data;

	if (++s->answers == s->die_after_answers)
		_exit(137);
}

static void on_progress(void *data, const struct record *record)
{
	struct state *s = data;
	const struct record_event *event = &record->events[record->events_nr - 1];

	if (s->quiet)
		return;
	printf("%s: %s\n", event->step ? event->step : "-", event->message);
	fflush(stdout);
}

static uint64_t resident_kb(void)
{
	struct strbuf status = STRBUF_INIT;
	struct error err = ERROR_INIT;
	const char *line;
	uint64_t kb = 0;

	if (file_read("/proc/self/status", &status, &err) == 0 &&
	    (line = strstr(status.buf, "VmRSS:")))
		kb = strtoull(line + strlen("VmRSS:"), NULL, 10);
	error_release(&err);
	strbuf_release(&status);
	return kb;
}

static void on_finished(void *data, const struct record *record)
{
	struct state *s = data;

	s->ended++;
	if (record->status != RECORD_SUCCESS)
		s->failed++;
	/* While the others are still there. */
	if (s->stats && !s->resident)
		s->resident = resident_kb();
	if (!s->quiet) {
		printf("= %s%s%s\n", record_status_name(record->status),
		       record->revision ? " " : "", record->revision ? record->revision : "");
		if (record->failure.category)
			printf("! %s: %s\nhint: %s\n", record->failure.category,
			       record->failure.message,
			       record->failure.hint ? record->failure.hint : "");
	}
	if (!engine_running(s->engine))
		aws_loop_stop(s->loop);
}

static int load(struct service *service, enum artifact_role role, const char *path, uint64_t n,
		struct error *err)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct document *doc = &service->docs[role];
	struct strbuf text = STRBUF_INIT;
	const char *p, *at;
	int ret = 0;

	if (!path)
		return 0;
	if (file_read(path, &text, err) < 0)
		return -1;
	strbuf_init(&doc->rendered, 0);
	strbuf_init(&doc->source, 0);
	for (p = text.buf; (at = strstr(p, "@N@")); p = at + 3) {
		strbuf_add(&doc->rendered, p, (size_t)(at - p));
		strbuf_addf(&doc->rendered, "%" PRIu64, n);
	}
	strbuf_addstr(&doc->rendered, p);
	doc->present = true;
	doc->path = path;
	doc->json =
		json_parse(&service->arena, doc->rendered.buf, doc->rendered.len, NULL, &problems);
	if (!doc->json)
		ret = error_set(err, ERROR_INVALID, "'%s' is not JSON: %s", path,
				problems.v[0].message);
	json_problems_release(&problems);
	strbuf_release(&text);
	return ret;
}

static int load_service(struct service **out, const struct state *s, uint64_t n, struct error *err)
{
	struct service *service = xcalloc(1, sizeof(*service));
	struct strbuf digest = STRBUF_INIT;
	size_t i;

	*out = service;
	service->kind = s->lambdadef ? KIND_LAMBDA : KIND_ECS;
	service->prefix = "dev/web";
	for (i = 0; i < ROLE_NR; i++) {
		strbuf_init(&service->docs[i].source, 0);
		strbuf_init(&service->docs[i].rendered, 0);
	}
	if (load(service, ROLE_DEFINITION, s->lambdadef ? s->lambdadef : s->svcdef, n, err) < 0 ||
	    load(service, ROLE_TASK_DEFINITION, s->taskdef, n, err) < 0 ||
	    load(service, ROLE_EVENT_SOURCES, s->sources, n, err) < 0 ||
	    load(service, ROLE_SETTINGS, s->depdef, n, err) < 0)
		return -1;
	sha256_hex(&digest, service->docs[ROLE_DEFINITION].rendered.buf,
		   service->docs[ROLE_DEFINITION].rendered.len);
	memcpy(service->digest, digest.buf, MIN(digest.len, sizeof(service->digest) - 1));
	strbuf_release(&digest);
	return 0;
}

/* The last line of the journal, or a new record. */
static int load_record(struct record *record, const struct state *s, struct error *err)
{
	struct strbuf text = STRBUF_INIT;
	struct error missing = ERROR_INIT;
	const char *line;
	int ret = 0;

	record_init(record);
	if (s->journal && file_read(s->journal, &text, &missing) == 0 && text.len) {
		strbuf_chomp(&text);
		line = strrchr(text.buf, '\n');
		line = line ? line + 1 : text.buf;
		ret = record_parse(record, line, strlen(line), err);
	} else {
		record_new_id(record, clock_wall_ms(clock_system()));
		if (s->id)
			record_set(&record->id, s->id);
		record->kind = s->lambdadef ? KIND_LAMBDA : KIND_ECS;
		record_set(&record->job, s->job ? s->job : "job");
		record_set(&record->prefix, "dev/web");
		record_set(&record->ids, s->ids);
	}
	error_release(&missing);
	strbuf_release(&text);
	return ret;
}

/* --- single steps --- */

static enum step_result set_up(struct deployment *d)
{
	const struct json *definition = d->service->docs[ROLE_DEFINITION].json;
	struct error err = ERROR_INIT;

	record_set(&d->record->name, json_get_str(definition, "serviceName"));
	record_set(&d->record->cluster, json_get_str(definition, "cluster"));
	if (settings_parse(&d->settings, d->service->docs[ROLE_SETTINGS].json, &err) < 0 ||
	    deploy_get_client(d, &err) < 0)
		BUG("%s", err.message);
	record_set(&d->record->region, aws_client_region(d->client));
	return STEP_DONE;
}

static enum step_result account(struct deployment *d)
{
	return d->phase ? STEP_DONE : deploy_ask_account(d, 1);
}

/* As a preflight would, before the first of them. */
static enum step_result note_service(struct deployment *d)
{
	if (!d->look)
		return deploy_look(d, 0, 1);
	if (d->look->failed)
		return deploy_fail_result(d, d->look->failed, "describe the service");
	traffic_note_service(d, d->look->service);
	return STEP_DONE;
}

static const struct deploy_step look = { "look", note_service, false };
static const struct deploy_step traffic_steps[] = {
	{ "find", traffic_find, false },
	{ "attach", traffic_attach, true },
	{ "shift", traffic_shift, true },
	{ "back", traffic_back, false },
};

static const struct deploy_step undo[] = {
	{ "undo", traffic_back, false },
	{ NULL, NULL, false },
};

static struct deploy_step chosen[8] = { { "account", account, false } };
static const struct deploy_strategy strategy_steps = {
	.name = "steps", .setup = set_up, .steps = chosen, .undo = undo
};

static void choose_steps(const char *names)
{
	size_t i, nr = 1;

	while (*names && nr < ARRAY_SIZE(chosen) - 1) {
		size_t len = strcspn(names, ",");

		for (i = 0; i < ARRAY_SIZE(traffic_steps); i++)
			if (strlen(traffic_steps[i].name) == len &&
			    !memcmp(traffic_steps[i].name, names, len)) {
				if (traffic_steps[i].run == traffic_find)
					chosen[nr++] = look;
				chosen[nr++] = traffic_steps[i];
			}
		names += len;
		names += *names == ',';
	}
}

static int start(struct state *s, uint64_t n, struct error *err)
{
	struct record *record = xcalloc(1, sizeof(*record));
	struct service *service = NULL;

	if (load_record(record, s, err) < 0 || load_service(&service, s, n, err) < 0) {
		record_release(record);
		free(record);
		if (service)
			service_free(service);
		return -1;
	}
	if (s->steps) {
		choose_steps(s->steps);
		return engine_start_with(s->engine, record, service, &strategy_steps, INTENT_DEPLOY,
					 s->force, err);
	}
	return engine_start(s->engine, record, service, s->delete ? INTENT_DELETE : INTENT_DEPLOY,
			    s->force, err);
}

int tool_deploy(int argc, const char **argv)
{
	struct state s = { .count = 1, .journal_fd = -1 };
	const struct option options[] = {
		OPT_STRING(0, "svcdef", &s.svcdef, "file", "service definition"),
		OPT_STRING(0, "lambdadef", &s.lambdadef, "file", "function definition"),
		OPT_STRING(0, "sources", &s.sources, "file", "event sources of a function"),
		OPT_STRING(0, "taskdef", &s.taskdef, "file", "task definition"),
		OPT_STRING(0, "depdef", &s.depdef, "file", "deployment settings"),
		OPT_BOOL(0, "delete", &s.delete, "delete the service"),
		OPT_BOOL(0, "force", &s.force, "deploy also what is unchanged"),
		OPT_STRING(0, "id", &s.id, "id", "of the deployment"),
		OPT_STRING(0, "ids", &s.ids, "json", "what a new record begins with"),
		OPT_STRING(0, "journal", &s.journal, "file", "where records are saved"),
		OPT_UINT(0, "jobs", &s.jobs, "n", "how many at once"),
		OPT_UINT(0, "count", &s.count, "n", "how many deployments"),
		OPT_UINT(0, "die-after-saves", &s.die_after_saves, "n", "end at once then"),
		OPT_UINT(0, "die-after-answers", &s.die_after_answers, "n", "end at once then"),
		OPT_STRING(0, "steps", &s.steps, "names", "only these"),
		OPT_BOOL(0, "stats", &s.stats, "resident memory and CPU time at the end"),
		OPT_END()
	};
	struct engine_options engine_options;
	struct aws *aws = NULL;
	struct error err = ERROR_INIT;
	int status = 128;
	uint64_t n;

	parse_options(argc, argv, options, deploy_usage);
	if (!s.svcdef == !s.lambdadef)
		usage_with_options(deploy_usage, options, "give one of --svcdef and --lambdadef");
	s.quiet = s.count > 1;
	if (aws_loop_new(&s.loop, NULL, &err) < 0 || aws_open(&aws, s.loop, NULL, &err) < 0)
		goto out;
	engine_options = (struct engine_options){
		.events = { .save = on_save,
			    .finished = on_finished,
			    .progress = on_progress,
			    .data = &s },
		.jobs = s.jobs,
		.answered = on_answered,
	};
	s.engine = engine_new(s.loop, aws, &engine_options);
	for (n = 1; n <= s.count; n++)
		if (start(&s, n, &err) < 0)
			goto out;
	if (s.journal) {
		s.journal_fd = open(s.journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (s.journal_fd < 0) {
			error_errno(&err, "cannot open '%s'", s.journal);
			goto out;
		}
	}
	if (aws_loop_run(s.loop, &err) < 0)
		goto out;
	if (s.quiet)
		printf("%" PRIu64 " ended, %" PRIu64 " failed\n", s.ended, s.failed);
	if (s.stats) {
		struct rusage usage;

		getrusage(RUSAGE_SELF, &usage);
		printf("resident %" PRIu64 " kB, at most %ld kB, cpu %ld ms\n", s.resident,
		       usage.ru_maxrss,
		       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
			       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
	}
	status = s.ended == s.count && !s.failed ? 0 : 1;
out:
	if (err.message)
		fprintf(stderr, "fatal: %s\n", err.message);
	error_release(&err);
	engine_free(s.engine);
	aws_close(aws);
	aws_loop_free(s.loop);
	if (s.journal_fd >= 0)
		close(s.journal_fd);
	return status;
}
