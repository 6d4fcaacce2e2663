#include "test-tool.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "../../git-gitops/command.h"

/*
 * test-tool worker <file> [<argument of git gitops worker>...]: a worker whose
 * wall clock is somebody's toy. The file says what was done to it: "" nothing,
 * "<n>" it was set ahead by so many ms (or back: "-<n>"), "stop" it stands.
 */
static const char *file;

static int64_t read_wall(int64_t wall_ms)
{
	static int64_t stopped_at;
	struct strbuf text = STRBUF_INIT_MAX(100);
	struct error err = ERROR_INIT;

	/* Written anew by tests: at times it is empty, or not there. */
	if (file_read(file, &text, &err) < 0)
		error_release(&err);
	if (starts_with(text.buf, "stop")) {
		if (!stopped_at)
			stopped_at = wall_ms;
		wall_ms = stopped_at;
	} else {
		wall_ms += strtoll(text.buf, NULL, 10);
	}
	strbuf_release(&text);
	return wall_ms;
}

int tool_worker(int argc, const char **argv)
{
	struct context ctx = { .program = "git-gitops" };

	if (argc < 2) {
		fputs("usage: test-tool worker <file> [<args>]\n", stderr);
		return 129;
	}
	file = argv[1];
	clock_twist_wall(read_wall);
	return cmd_worker(argc - 1, argv + 1, &ctx);
}
