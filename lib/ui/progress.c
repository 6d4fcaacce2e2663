#include "base/base.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "ui/board.h"
#include "ui/findings.h"
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

void progress_add_coloured(const struct progress *p, struct strbuf *out, enum table_look look,
			   const char *text)
{
	if (p->colour)
		strbuf_addstr(out, table_look_code(look));
	add_text(out, text);
	if (p->colour && *table_look_code(look))
		strbuf_addstr(out, "\033[m");
}

/* Of a service object on the board. */
static char *key_of(const struct progress *p, const struct json *v)
{
	const char *kind = json_get_str(v, "kind"), *prefix = json_get_str(v, "prefix");

	return xstrfmt("%s %s %s", p->job ? p->job : "", kind ? kind : "", prefix ? prefix : "");
}

static void put(const struct progress *p, const struct json *v, struct board_item *item)
{
	char *key = key_of(p, v);

	item->name = json_get_str(v, "prefix");
	if (item->name)
		board_put(p->board, key, item);
	free(key);
}

static int64_t time_of(const struct json *v, const char *name)
{
	const char *text = json_get_str(v, name);
	int64_t ms;

	return text && !parse_time_ms(text, &ms) ? ms : 0;
}

static void add_begin(struct progress *p, struct strbuf *out, const struct json *v)
{
	const char *to = json_get_str(v, "to");
	int64_t nr = json_get_int(v, "objects", 0);
	struct strbuf what = STRBUF_INIT;

	add_text(&what, json_get_str(v, "branch"));
	if (to)
		strbuf_addf(&what, " at %.*s", SHORT_HEX, to);
	free(p->what);
	p->what = strbuf_detach(&what, NULL);
	if (p->quiet)
		return;
	start_line(p, out);
	strbuf_addstr(out, json_get_bool(v, "dryRun", false) ? "dry run of " : "deploying ");
	strbuf_addstr(out, p->what);
	strbuf_addf(out, ": %" PRId64 " service object%s%s\n", nr, nr == 1 ? "" : "s",
		    json_get_bool(v, "resumed", false) ? ", resumed" : "");
}

static void add_planned(const struct progress *p, struct strbuf *out, const struct json *object)
{
	const char *why = json_get_str(object, "why");
	struct strbuf text = STRBUF_INIT;

	add_text(&text, json_get_str(object, "intent"));
	if (!p->board) {
		strbuf_addch(&text, ' ');
		add_text(&text, json_get_str(object, "kind"));
		strbuf_addch(&text, ' ');
		add_text(&text, json_get_str(object, "prefix"));
	}
	if (why) {
		strbuf_addstr(&text, " (");
		add_text(&text, why);
		strbuf_addch(&text, ')');
	}
	if (p->board) {
		struct board_item item = { .state = BOARD_WAITING, .doing = text.buf };

		put(p, object, &item);
	} else if (!p->quiet) {
		start_line(p, out);
		strbuf_addstr(out, "  ");
		strbuf_addbuf(out, &text);
		strbuf_addch(out, '\n');
	}
	strbuf_release(&text);
}

static void add_plan(const struct progress *p, struct strbuf *out, const struct json *v)
{
	size_t i;

	for (i = 0; v->type == JSON_ARRAY && i < v->u.array.nr; i++)
		add_planned(p, out, &v->u.array.items[i]);
}

static void add_event(const struct progress *p, struct strbuf *out, const struct json *v)
{
	const char *step = json_get_str(v, "step"), *message = json_get_str(v, "message");
	bool failed = message && starts_with(message, "failed: ");

	if (p->board) {
		struct board_item item = { .state = failed ? BOARD_FAILING : BOARD_RUNNING,
					   .step = step,
					   .doing = message,
					   .since = time_of(v, "time"),
					   .until = time_of(v, "until") };

		item.until = item.until ? item.until : BOARD_NO_WAIT;
		put(p, v, &item);
		if (!failed && !(message && starts_with(message, "warning: ")))
			return;
	}
	if (p->quiet)
		return;
	start_line(p, out);
	add_text(out, json_get_str(v, "prefix"));
	strbuf_addstr(out, ": ");
	if (step) {
		add_text(out, step);
		strbuf_addstr(out, ": ");
	}
	add_text(out, message);
	strbuf_addch(out, '\n');
}

/* What begins has no event yet, and who waits for people may have none for days. */
static void take_record(const struct progress *p, const struct json *v)
{
	const char *status = json_get_str(v, "status"), *waiting = json_get_str(v, "waiting");
	struct board_item item = { .state = BOARD_RUNNING,
				   .step = json_get_str(v, "step"),
				   .since = time_of(v, "startedAt") };

	if (!status || !str_eq(status, "PROCESSING") || !item.step)
		return;
	item.doing = waiting;
	put(p, v, &item);
}

static void add_result(struct progress *p, struct strbuf *out, const struct json *v)
{
	const struct json *failure = json_get(v, "failure");
	const char *hint = json_get_str(failure, "hint"), *why = json_get_str(v, "why");
	const char *outcome = json_get_str(v, "outcome");
	int64_t ms = json_get_int(v, "ms", -1);
	bool failed = failure && failure->type == JSON_OBJECT;

	if (p->board) {
		char *key = key_of(p, v);

		board_end(p->board, key, outcome ? outcome : "over");
		free(key);
	}
	p->failed += failed;
	if (p->quiet && !failed)
		return;
	start_line(p, out);
	add_text(out, json_get_str(v, "prefix"));
	strbuf_addstr(out, ": ");
	progress_add_coloured(p, out, failed ? TABLE_RED : TABLE_GREEN, outcome ? outcome : "over");
	if (ms >= 0) {
		strbuf_addstr(out, " in ");
		format_duration(out, ms);
	}
	if (failed) {
		strbuf_addstr(out, ": ");
		add_text(out, json_get_str(failure, "category"));
		strbuf_addstr(out, ": ");
		add_text(out, json_get_str(failure, "message"));
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
	const char *reason = json_get_str(root, "reason"), *end = json_get_str(root, "end");

	if (p->board && p->job)
		board_drop(p->board, p->job);
	if (p->quiet && end && str_eq(end, "done"))
		return;
	start_line(p, out);
	if (p->several && p->what)
		strbuf_addf(out, "%s: ", p->what);
	add_text(out, end);
	if (reason) {
		strbuf_addstr(out, ": ");
		add_text(out, reason);
	}
	strbuf_addch(out, '\n');
}

static void add_line(struct progress *p, struct strbuf *out, const struct json *root)
{
	const struct json *v;

	if ((v = json_get(root, "begin")))
		add_begin(p, out, v);
	else if ((v = json_get(root, "plan")))
		add_plan(p, out, v);
	else if ((v = json_get(root, "record")))
		take_record(p, v);
	else if ((v = json_get(root, "event")))
		add_event(p, out, v);
	else if ((v = json_get(root, "result")))
		add_result(p, out, v);
	else if ((v = json_get(root, "message")) && !p->quiet) {
		start_line(p, out);
		add_text(out, json_str(v));
		strbuf_addch(out, '\n');
	} else if (json_get(root, "end"))
		add_end(p, out, root);
}

int progress_line(struct progress *p, const char *line, size_t len)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct strbuf out = STRBUF_INIT;
	struct arena arena = ARENA_INIT;
	int ret;

	/* The records are for the worker, and long: not even parsed where they tell nothing. */
	if (!p->board && starts_with(line, "{\"record\":"))
		return 0;
	add_line(p, &out, json_parse(&arena, line, len, NULL, &problems));
	ret = progress_print(p, out.buf, out.len);
	strbuf_release(&out);
	json_problems_release(&problems);
	arena_release(&arena);
	return ret;
}

int progress_print(struct progress *p, const char *text, size_t len)
{
	if (!len)
		return 0;
	if (p->board)
		return board_print(p->board, text, len);
	return fwrite(text, 1, len, p->out) != len || fflush(p->out) ? -1 : 0;
}

int progress_tick(struct progress *p)
{
	return p->board ? board_draw(p->board, clock_wall_ms(clock_system())) : INT_MAX;
}

static enum screen_wanted wanted(const struct progress_options *options)
{
	if (options->quiet || !options->progress)
		return SCREEN_NEVER;
	return options->progress > 0 ? SCREEN_ALWAYS : SCREEN_AUTO;
}

void progress_open(struct progress *p, FILE *out, const struct progress_options *options,
		   const char *color_ui)
{
	bool colour = findings_style_for(fileno(out), color_ui).colour;
	struct screen *screen = screen_open(out, wanted(options), colour);

	p->out = out;
	p->quiet = options->quiet;
	p->colour = colour;
	if (screen)
		p->board = board_new(screen);
}

void progress_open_beside(struct progress *p, const struct progress *with, const char *job)
{
	*p = *with;
	p->job = job;
	p->what = NULL;
	p->failed = 0;
}

void progress_close(struct progress *p)
{
	if (!p->job)
		board_free(p->board);
	p->board = NULL;
	FREE_AND_NULL(p->what);
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
