#include "test-tool.h"

#include "aws/ecs.h"

#include <sys/resource.h>

/*
 * Many calls at once, some of them cancelled: at once, while they wait, while
 * they are under way.
 *
 *	test-tool aws-storm --calls 1000 --cancel 3
 *
 * Prints how many were answered, refused and cancelled, the peak of resident
 * memory in KiB above what the process had before, and how long it took. With
 * --urgent the calls are polls, but for the last one, which is a write: how
 * many were answered before it is printed, too.
 */
static const char *const usage[] = {
	"test-tool aws-storm --calls <n> [--cancel <every nth>] [--connections <n>] [--role <arn>]\n"
	"                    [--urgent]",
	NULL
};

struct storm {
	struct aws_loop *loop;
	size_t ok, failed, cancelled, left;
	size_t before_urgent;
};

struct drop {
	struct storm *storm;
	struct aws_call *call; /* NULL: over */
	bool is_urgent;
	struct loop_timer timer;
};

static void over(struct storm *storm)
{
	if (!--storm->left)
		aws_loop_stop(storm->loop);
}

static void on_answer(struct aws_result *result, void *data)
{
	struct drop *drop = data;

	drop->call = NULL;
	loop_timer_stop(&drop->timer);
	if (drop->is_urgent)
		drop->storm->before_urgent = drop->storm->ok + drop->storm->failed;
	if (result->outcome == AWS_OK)
		drop->storm->ok++;
	else if (!drop->storm->failed++)
		printf("first error: %s\n", result->err.message);
	over(drop->storm);
}

static void cancel(void *data)
{
	struct drop *drop = data;

	aws_cancel(drop->call);
	drop->call = NULL;
	drop->storm->cancelled++;
	over(drop->storm);
}

static long peak_kb(void)
{
	struct rusage usage_now;

	return getrusage(RUSAGE_SELF, &usage_now) < 0 ? 0 : usage_now.ru_maxrss;
}

static int run(struct storm *storm, struct aws_client *client, size_t calls, size_t nth,
	       bool urgent, struct error *err)
{
	static const char *const services[] = { "web" };
	struct drop *drops = xcalloc(calls, sizeof(*drops));
	size_t i;
	int ret;

	storm->left = calls;
	for (i = 0; i < calls; i++) {
		drops[i].storm = storm;
		loop_timer_init(&drops[i].timer, cancel, &drops[i]);
		drops[i].is_urgent = urgent && i == calls - 1;
		if (urgent)
			drops[i].call = ecs_describe_services(
				client, "demo", services, 1,
				drops[i].is_urgent ? AWS_WRITE : AWS_POLL, on_answer, &drops[i]);
		else
			drops[i].call =
				ecs_describe_clusters(client, NULL, 0, on_answer, &drops[i]);
		if (nth && i % nth == 0 && i % (2 * nth))
			cancel(&drops[i]);
		else if (nth && i % nth == 0)
			loop_timer_set(storm->loop, &drops[i].timer, (int64_t)(i / nth % 50));
	}
	ret = storm->left ? aws_loop_run(storm->loop, err) : 0;
	free(drops);
	return ret;
}

int tool_aws_storm(int argc, const char **argv)
{
	struct aws_options aws_options = { 0 };
	struct aws_identity identity = { 0 };
	struct aws_client *client;
	struct aws *aws = NULL;
	struct storm storm = { 0 };
	struct error err = ERROR_INIT;
	uint64_t calls = 100, nth = 0, connections = 0;
	int64_t started = clock_mono_ms(clock_system());
	long before = 0;
	int urgent = 0, status = 0;
	const struct option options[] = {
		OPT_UINT(0, "calls", &calls, "n", "so many at once"),
		OPT_UINT(0, "cancel", &nth, "n", "cancel every nth"),
		OPT_UINT(0, "connections", &connections, "n", "at most so many at once"),
		OPT_BOOL(0, "urgent", &urgent, "polls, and a write behind them"),
		OPT_STRING(0, "role", &identity.role_arn, "arn", "assume this role first"),
		OPT_END()
	};

	if (parse_options(argc, argv, options, usage))
		usage_with_options(usage, options, "no arguments are taken");
	aws_options.max_connections = (unsigned)connections;
	if (aws_loop_new(&storm.loop, NULL, &err) < 0 ||
	    aws_open(&aws, storm.loop, &aws_options, &err) < 0 ||
	    aws_client_get(&client, aws, &identity, NULL, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	before = peak_kb();
	if (run(&storm, client, calls, nth, urgent, &err) < 0)
		status = error_report(&err);
	else
		printf("ok: %zu\nfailed: %zu\ncancelled: %zu\nkb: %ld\nms: %lld\n", storm.ok,
		       storm.failed, storm.cancelled, peak_kb() - before,
		       (long long)(clock_mono_ms(clock_system()) - started));
	if (!status && urgent)
		printf("before urgent: %zu\n", storm.before_urgent);
out:
	aws_close(aws);
	aws_loop_free(storm.loop);
	error_release(&err);
	return status;
}
