#include "base/base.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "ui/progress.h"

#include <signal.h>

#define SHORT_HEX 7

static void add_text(struct strbuf *out, const char *s)
{
	if (s)
		strbuf_add_printable(out, s, strlen(s));
}

static void start_line(const struct progress *p, struct strbuf *out)
{
	strbuf_addstr(out, p->prefix);
}

static void add_begin(const struct progress *p, struct strbuf *out, const struct json *v)
{
	const char *to = json_get_str(v, "to");
	int64_t nr = json_get_int(v, "objects", 0);

	start_line(p, out);
	strbuf_addstr(out, json_get_bool(v, "dryRun", false) ? "dry run of " : "deploying ");
	add_text(out, json_get_str(v, "branch"));
	if (to)
		strbuf_addf(out, " at %.*s", SHORT_HEX, to);
	strbuf_addf(out, ": %" PRId64 " service object%s%s\n", nr, nr == 1 ? "" : "s",
		    json_get_bool(v, "resumed", false) ? ", resumed" : "");
}

static void add_plan(const struct progress *p, struct strbuf *out, const struct json *v)
{
	size_t i;

	if (v->type != JSON_ARRAY)
		return;
	for (i = 0; i < v->u.array.nr; i++) {
		const struct json *object = &v->u.array.items[i];
		const char *why = json_get_str(object, "why");

		start_line(p, out);
		strbuf_addstr(out, "  ");
		add_text(out, json_get_str(object, "intent"));
		strbuf_addch(out, ' ');
		add_text(out, json_get_str(object, "kind"));
		strbuf_addch(out, ' ');
		add_text(out, json_get_str(object, "prefix"));
		if (why) {
			strbuf_addstr(out, " (");
			add_text(out, why);
			strbuf_addch(out, ')');
		}
		strbuf_addch(out, '\n');
	}
}

static void add_event(const struct progress *p, struct strbuf *out, const struct json *v)
{
	const char *step = json_get_str(v, "step");

	start_line(p, out);
	add_text(out, json_get_str(v, "prefix"));
	strbuf_addstr(out, ": ");
	if (step) {
		add_text(out, step);
		strbuf_addstr(out, ": ");
	}
	add_text(out, json_get_str(v, "message"));
	strbuf_addch(out, '\n');
}

static void add_result(struct progress *p, struct strbuf *out, const struct json *v)
{
	const struct json *failure = json_get(v, "failure");
	const char *hint = json_get_str(failure, "hint"), *why = json_get_str(v, "why");
	int64_t ms = json_get_int(v, "ms", -1);

	start_line(p, out);
	add_text(out, json_get_str(v, "prefix"));
	strbuf_addstr(out, ": ");
	add_text(out, json_get_str(v, "outcome"));
	if (ms >= 0) {
		strbuf_addstr(out, " in ");
		format_duration(out, ms);
	}
	if (failure && failure->type == JSON_OBJECT) {
		strbuf_addstr(out, ": ");
		add_text(out, json_get_str(failure, "category"));
		strbuf_addstr(out, ": ");
		add_text(out, json_get_str(failure, "message"));
		p->failed++;
	} else if (why) {
		strbuf_addstr(out, ": ");
		add_text(out, why);
	}
	strbuf_addch(out, '\n');
	if (hint) {
		start_line(p, out);
		strbuf_addstr(out, "hint: ");
		add_text(out, hint);
		strbuf_addch(out, '\n');
	}
}

static void add_end(const struct progress *p, struct strbuf *out, const struct json *root)
{
	const char *reason = json_get_str(root, "reason");

	start_line(p, out);
	add_text(out, json_get_str(root, "end"));
	if (reason) {
		strbuf_addstr(out, ": ");
		add_text(out, reason);
	}
	strbuf_addch(out, '\n');
}

int progress_line(struct progress *p, const char *line, size_t len)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct strbuf out = STRBUF_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *root, *v;
	int ret = 0;

	/* The records are for the worker, and long: not even parsed here. */
	if (starts_with(line, "{\"record\":"))
		return 0;
	root = json_parse(&arena, line, len, NULL, &problems);
	if ((v = json_get(root, "begin")))
		add_begin(p, &out, v);
	else if ((v = json_get(root, "plan")))
		add_plan(p, &out, v);
	else if ((v = json_get(root, "event")))
		add_event(p, &out, v);
	else if ((v = json_get(root, "result")))
		add_result(p, &out, v);
	else if ((v = json_get(root, "message"))) {
		start_line(p, &out);
		add_text(&out, json_str(v));
		strbuf_addch(&out, '\n');
	} else if (json_get(root, "end"))
		add_end(p, &out, root);
	if (out.len && (fwrite(out.buf, 1, out.len, p->out) != out.len || fflush(p->out)))
		ret = -1;
	strbuf_release(&out);
	json_problems_release(&problems);
	arena_release(&arena);
	return ret;
}

static void on_interrupt(int number)
{
	static const char text[] = "\nwhat was begun goes on; 'git gitops watch' follows it\n";

	/* Nobody is left to hear it. */
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(128 + number);
	/* Blocked until we return, and the default again: SA_RESETHAND. */
	raise(number);
}

void progress_say_when_interrupted(void)
{
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND },
			 old;

	sigemptyset(&action.sa_mask);
	if (!sigaction(SIGINT, NULL, &old) && old.sa_handler != SIG_IGN &&
	    sigaction(SIGINT, &action, NULL) < 0)
		BUG("SIGINT can't be caught");
}
